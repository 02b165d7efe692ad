"""Positives against negatives: the formula by autograd, and where the two come from."""

import pytest
import torch
from seqrec_library_kernels.catalogue_loss import Chunk
from seqrec_library_kernels.contrast import (
    NEVER,
    InCatalogue,
    InSample,
    PairCrossEntropy,
    contrast_loss,
    count_pairs,
    reduced,
)
from seqrec_library_kernels.scorer import ItemScorer
from seqrec_library_kernels.targets import Targets, select_targets
from torch.nn import functional as F

from seqrec_core.contracts import Labels

R, P, C = 4, 2, 5
MASK = torch.tensor([[1, 1], [1, 0], [0, 1], [1, 1]]).bool()


def pairs(positives, negatives, absent, weight=None, smoothing=0.0):
    """Cross-entropy of each pair over the classes that are there, one after another."""
    losses = torch.zeros(R, P, dtype=torch.double)
    for row, place in MASK.nonzero().tolist():
        there = ~absent[row]
        classes = torch.cat([positives[row, place, None], negatives[row, there]])
        weights = None if weight is None else weight[torch.cat([torch.tensor([True]), there])]
        losses[row, place] = F.cross_entropy(
            classes[None], torch.tensor([0]), weights, reduction="sum", label_smoothing=smoothing
        )
    return losses


@pytest.mark.parametrize("smoothing", [0.0, 0.3])
@pytest.mark.parametrize("class_weights", [False, True])
@pytest.mark.parametrize("sample_weights", [False, True])
def test_pair_cross_entropy_and_its_gradient_are_those_of_the_formula(
    smoothing, class_weights, sample_weights
):
    torch.manual_seed(0)
    positives = torch.randn(R, P, dtype=torch.double, requires_grad=True)
    negatives = torch.randn(R, C, dtype=torch.double, requires_grad=True)
    absent = torch.rand(R, C) < 0.3
    weight = torch.rand(1 + C, dtype=torch.double) if class_weights else None
    factors = torch.rand(R, P, dtype=torch.double) if sample_weights else None
    naive = pairs(positives, negatives, absent, weight, smoothing)
    total = naive.sum() if factors is None else (naive * factors).sum()
    gradients = torch.autograd.grad(total, (positives, negatives))
    rule = PairCrossEntropy(weight, smoothing)
    for asks_for_gradient in (False, True):
        buffers = positives.detach().clone(), negatives.detach().masked_fill(absent, NEVER)
        losses = rule(*buffers, MASK, factors, asks_for_gradient)
        torch.testing.assert_close(losses, naive)
        if asks_for_gradient:
            for buffer, gradient in zip(buffers, gradients, strict=True):
                torch.testing.assert_close(buffer, gradient)


class Recording:
    """A contrast rule that remembers its logits, and whose gradient is 1 and 2 everywhere."""

    def __call__(self, positives, negatives, mask, weights, gradient):
        self.logits = positives.clone(), negatives.clone()
        self.mask = mask
        if gradient:
            positives.fill_(1)
            negatives.fill_(2).masked_fill_(self.logits[1] == NEVER, 0)
        return mask.sum(-1)

    def total_weight(self, mask):
        return 10


def test_in_a_catalogue_every_item_is_a_negative_but_positives_and_ignored_ones():
    logits = torch.arange(10.0).view(2, 5)
    columns = torch.tensor([[9, 9], [0, 3], [4, 4]])
    mask = torch.tensor([[1, 1], [1, 1], [1, 0]]).bool()
    rule = Recording()
    buffer = logits.clone()
    in_catalogue = InCatalogue(rule, columns, mask, never=torch.tensor([2]))
    losses = in_catalogue(Chunk(slice(1, 3), buffer, gradient=True))
    assert losses.tolist() == [2, 1]
    positives, negatives = rule.logits
    assert positives.tolist() == [[0, 3], [9, 9]]
    assert negatives.tolist() == [[NEVER, 1, NEVER, NEVER, 4], [5, 6, NEVER, 8, NEVER]]
    assert buffer.tolist() == [[1, 2, 0, 1, 2], [2, 2, 0, 2, 2]]  # column 4 stood there twice


@pytest.mark.parametrize("grouped", [False, True])
def test_in_a_sample_the_positives_of_a_row_and_ignored_items_are_no_negatives(grouped):
    labels = torch.tensor([[5, 5], [7, 1], [3, 3]])
    mask = torch.ones(3, 2).bool()
    draws = torch.tensor([[1, -1, 7, 2], [3, 3, 4, -1]])
    group = torch.tensor([0, 0, 1]) if grouped else None
    rule = Recording()
    in_sample = InSample(rule, labels, mask, draws if grouped else draws[0], group, -1)
    in_sample(Chunk(slice(1, 3), torch.zeros(2, 4), torch.ones(2, 2)))
    absent = (rule.logits[1] == NEVER).tolist()
    last = [True, True, False, True] if grouped else [False, True, False, False]
    assert absent == [[True, True, True, False], last]
    assert torch.equal(rule.logits[0], torch.ones(2, 2))


def targets(weights=None):
    hidden, labels = torch.zeros(R, 1), torch.zeros(R, P).long()
    return Targets(hidden, labels, MASK, torch.arange(R), (1, R), weights)


def test_reductions_divide_by_what_the_rule_says_unless_targets_have_weights():
    total, losses = torch.tensor(60.0), torch.arange(8.0).view(R, P)
    assert reduced(Recording(), total, targets(), "sum") == 60
    assert reduced(Recording(), total, targets(), "mean") == 6
    assert reduced(Recording(), total, targets(torch.rand(R, P)), "mean") == 10  # six pairs
    assert reduced(Recording(), losses, targets(), "none").tolist() == [0, 1, 2, 5, 6, 7]
    assert reduced(Recording(), losses[:, 0], targets(), "none").tolist() == [0, 2, 4, 6]


def test_the_mean_of_pairs_divides_by_their_number_times_their_class_weight():
    assert count_pairs(MASK) == 6
    assert count_pairs(torch.zeros(0, 2).bool()) == 1
    assert PairCrossEntropy().total_weight(MASK) == 6
    assert PairCrossEntropy(torch.tensor([0.5, 9.0])).total_weight(MASK) == 3


def test_a_catalogue_of_another_size_is_refused():
    items = torch.randn(C, 3)
    scorer = ItemScorer(torch.nn.Bilinear(3, 3, 1), lambda ids=None: items)
    labels = torch.zeros(1, 1, 1).long()
    some = select_targets(torch.zeros(1, 1, 3), Labels(labels, torch.ones(1, 1, 1).bool()))
    with pytest.raises(ValueError, match="cardinality is 6, and the model has 5 items"):
        contrast_loss(PairCrossEntropy(), some, scorer, cardinality=6)
