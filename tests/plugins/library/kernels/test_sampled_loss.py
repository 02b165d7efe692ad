"""Scores of drawn negatives without gathering them for every position."""

import pytest
import torch
from seqrec_library_kernels.contrast import PairCrossEntropy
from seqrec_library_kernels.sampled_loss import grouped_dot, sampled_loss
from seqrec_library_kernels.scorer import ItemScorer
from seqrec_library_kernels.targets import select_targets

from seqrec_core.contracts import Labels


@pytest.mark.parametrize("counts", [[1, 1, 1, 1], [3, 1, 4], [7], []])
@pytest.mark.parametrize("cache", [1, 6 * 2**20])
def test_grouped_dot_scores_each_row_against_its_group(monkeypatch, counts, cache):
    monkeypatch.setattr("seqrec_library_kernels.sampled_loss.CACHE_BYTES", cache)
    torch.manual_seed(0)
    group = torch.repeat_interleave(torch.arange(len(counts)), torch.tensor(counts).long())
    hidden = torch.randn(len(group), 3, dtype=torch.double, requires_grad=True)
    items = torch.randn(8, 3, dtype=torch.double, requires_grad=True)
    columns = torch.randint(0, 8, (len(counts), 5))
    ours = grouped_dot(hidden, items, columns, group)
    naive = torch.einsum("md,mnd->mn", hidden, items[columns[group]])
    torch.testing.assert_close(ours, naive)
    for mine, theirs in zip(
        torch.autograd.grad(ours.square().sum(), (hidden, items)),
        torch.autograd.grad(naive.square().sum(), (hidden, items)),
        strict=True,
    ):
        torch.testing.assert_close(mine, theirs)


def test_sampled_losses_touch_only_the_rows_they_need():
    torch.manual_seed(0)
    table = torch.nn.Embedding(1000, 3, sparse=True)
    hidden = torch.randn(2, 4, 3, requires_grad=True)
    labels, negatives = torch.randint(0, 500, (2, 4, 1)), torch.randint(0, 500, (2, 6))
    targets = select_targets(hidden, Labels(labels, torch.ones(2, 4, 1, dtype=torch.bool)))
    scorer = ItemScorer(EveryRow(), lambda ids=None: table(ids))
    sampled_loss(PairCrossEntropy(), targets, negatives, scorer).backward()
    touched = table.weight.grad.coalesce().indices()[0]
    assert table.weight.grad.is_sparse
    assert set(touched.tolist()) <= {*labels.flatten().tolist(), *negatives.flatten().tolist()}


class EveryRow(torch.nn.Module):
    def is_dot_product(self):
        return True

    def forward(self, hidden, items):
        return torch.einsum("md,mnd->mn", hidden, items)
