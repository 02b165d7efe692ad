"""The rule of cross-entropy and torch's own ways, against `torch.nn.functional.cross_entropy`."""

import pytest
import torch
from seqrec_library_kernels.catalogue_loss import Chunk
from seqrec_library_kernels.cross_entropy import (
    CrossEntropyRows,
    backend_losses,
    catalogue_cross_entropy,
    is_summed,
)
from seqrec_library_kernels.scorer import ItemScorer
from seqrec_library_kernels.targets import select_targets
from torch.nn import functional as F

from seqrec_core.contracts import Labels

M, V, D = 6, 9, 4


class DotHead:
    def is_dot_product(self):
        return True

    def __call__(self, hidden, items):
        return hidden @ items.T


class HalvingHead:
    def __call__(self, hidden, items):
        return hidden @ items.T / 2


def scorer(items, head=None):
    return ItemScorer(head or DotHead(), lambda ids=None: items)


@pytest.mark.parametrize("smoothing", [0.0, 0.3])
@pytest.mark.parametrize("class_weights", [False, True])
@pytest.mark.parametrize("row_weights", [False, True])
def test_the_rule_turns_logits_into_losses_and_their_gradient(
    smoothing, class_weights, row_weights
):
    torch.manual_seed(0)
    logits = torch.randn(M, V, dtype=torch.double, requires_grad=True)
    labels = torch.randint(0, V, (M,))
    weight = torch.rand(V, dtype=torch.double) if class_weights else None
    factors = torch.rand(M, dtype=torch.double) if row_weights else None
    naive = F.cross_entropy(logits, labels, weight, reduction="none", label_smoothing=smoothing)
    total = naive.sum() if factors is None else (naive * factors).sum()
    [gradient] = torch.autograd.grad(total, logits)
    rule = CrossEntropyRows(labels, weight, smoothing)
    rows = slice(2, 5)
    for asks_for_gradient in (False, True):
        buffer = logits.detach()[rows].clone()
        weights = None if factors is None else factors[rows]
        losses = rule(Chunk(rows, buffer, weights=weights, gradient=asks_for_gradient))
        torch.testing.assert_close(losses, naive[rows])
        if asks_for_gradient:
            torch.testing.assert_close(buffer, gradient[rows])


@pytest.mark.parametrize("backend", ["torch", "linear_cross_entropy"])
def test_other_backends_give_the_losses_of_torch(backend):
    torch.manual_seed(0)
    hidden, items = torch.randn(M, D), torch.randn(V, D)
    labels, weight = torch.randint(0, V, (M,)), torch.rand(V)
    losses = backend_losses(backend, hidden, labels, scorer(items), weight, 0.0)
    naive = F.cross_entropy(hidden @ items.T, labels, weight, reduction="none")
    torch.testing.assert_close(losses, naive)


def test_a_backend_that_cannot_is_refused():
    arguments = (torch.randn(M, D), torch.zeros(M).long())
    with pytest.raises(ValueError, match="unknown backend 'chunks'; choose 'chunked', 'torch'"):
        backend_losses("chunks", *arguments, scorer(torch.randn(V, D)), None, 0.0)
    other_head = scorer(torch.randn(V, D), HalvingHead())
    with pytest.raises(ValueError, match=r"needs torch >= 2\.13 and a dot-product head"):
        backend_losses("linear_cross_entropy", *arguments, other_head, None, 0.0)


def test_weights_of_targets_multiply_losses_and_not_what_the_mean_divides_by():
    torch.manual_seed(0)
    hidden, items = torch.randn(2, 3, D), torch.randn(V, D)
    labels, mask = torch.randint(0, V, (2, 3, 1)), torch.tensor([[0, 1, 1], [0, 0, 1]]).bool()
    weights = torch.rand(2, 3)
    of_batch = Labels(labels, mask[..., None], weights=weights)
    targets = select_targets(hidden, of_batch).weighted_by(of_batch, "w")
    losses = F.cross_entropy(hidden[mask] @ items.T, labels[mask].squeeze(-1), reduction="none")
    for reduction, expected in (
        ("mean", (losses * weights[mask]).mean()),
        ("sum", (losses * weights[mask]).sum()),
        ("none", torch.zeros(6).index_copy(0, targets.index, losses)),
    ):
        value = catalogue_cross_entropy(targets, scorer(items), reduction=reduction)
        torch.testing.assert_close(value, expected)


def test_only_reduction_none_keeps_the_losses_apart():
    assert [is_summed(reduction) for reduction in ("mean", "sum", "none")] == [True, True, False]
    with pytest.raises(ValueError, match="unknown reduction 'max'; choose 'mean', 'sum' or 'none'"):
        is_summed("max")
