"""Scores of drawn negatives without gathering them for every position."""

import pytest
import torch
from seqrec_kernels_torch import sampled
from seqrec_kernels_torch.sampled import grouped_dot


@pytest.mark.parametrize("counts", [[1, 1, 1, 1], [3, 1, 4], [7], []])
@pytest.mark.parametrize("cache", [1, 6 * 2**20])
def test_grouped_dot_scores_each_row_against_its_group(monkeypatch, counts, cache):
    monkeypatch.setattr(sampled, "CACHE_BYTES", cache)
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
