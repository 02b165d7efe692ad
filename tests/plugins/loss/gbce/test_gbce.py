"""Generalised binary cross-entropy against its definition."""

import math

import pytest
import torch
from seqrec_loss_bce.bce import BCESampled
from seqrec_loss_gbce.gbce import GBCE, GBCERows
from torch.nn import functional as F

from seqrec_core.contracts import Labels


def naive(batch, negatives, counts, calibration, lowered=lambda number, beta: 0.0):
    """The paper's formula, position by position and positive by positive, in double precision."""
    total, pairs, items = 0, 0, batch.table.size(0) - 1
    for user, position in batch.mask.any(-1).nonzero().tolist():
        there = counts[user, position]
        alpha = max(int(there.sum()), 1e-300) / (items - 1)
        beta = alpha * (calibration * (1 - 1 / alpha) + 1 / alpha)
        less = lowered(int(there.sum()), beta)
        no = torch.log(1 - torch.sigmoid(negatives[user, position][there] - less)).sum()
        for label in batch.labels[user, position][batch.mask[user, position]]:
            yes = torch.sigmoid(batch.logits[user, position, label] - less) ** beta
            total = total - (torch.log(yes) + no) / (int(there.sum()) + 1)
            pairs += 1
    return total / pairs


@pytest.mark.parametrize("positives", [1, 3])
@pytest.mark.parametrize("calibration", [0.0, 0.75, 1.0])
def test_it_is_the_formula_of_the_paper(
    make_batch, assert_same, draw_negatives, naive_negatives, positives, calibration
):
    batch = make_batch(positives=positives)
    negatives = draw_negatives(batch, count=4, ignore_index=-100)
    ours = GBCE(11, calibration)(
        batch.hidden, batch.labels, negatives, batch.mask, scorer=batch.scorer
    )
    assert_same(batch, ours, naive(batch, *naive_negatives(batch, negatives), calibration))


@pytest.mark.parametrize("calibration", [0.0, 0.75])
def test_a_prior_lowers_every_logit_alike(
    make_batch, assert_same, draw_negatives, naive_negatives, calibration
):
    batch = make_batch(positives=2)
    negatives = draw_negatives(batch, count=4, ignore_index=-100)
    ours = GBCE(11, calibration, has_prior=True)(
        batch.hidden, batch.labels, negatives, batch.mask, scorer=batch.scorer
    )
    parts = (*naive_negatives(batch, negatives), calibration)
    expected = naive(batch, *parts, lambda number, beta: math.log(max(number, 1) / beta))
    assert_same(batch, ours, expected)


def test_with_a_prior_a_positive_and_its_negatives_pull_scores_of_zero_alike():
    rows = GBCERows(1_000, 0.75, has_prior=True)
    positives, negatives = torch.zeros(2, 1), torch.zeros(2, 400)
    rows(positives, negatives, torch.ones(2, 1, dtype=torch.bool), None, gradient=True)
    assert positives.sum().item() == pytest.approx(-negatives.sum().item(), rel=1e-2)
    plain = GBCERows(1_000, 0.75)
    positives, negatives = torch.zeros(2, 1), torch.zeros(2, 400)
    plain(positives, negatives, torch.ones(2, 1, dtype=torch.bool), None, gradient=True)
    assert negatives.sum().item() > -100 * positives.sum().item()


def test_another_head_gives_the_same(make_batch, assert_same, naive_negatives, cosine_head):
    batch, negatives = make_batch(positives=2, head=cosine_head), torch.arange(5)
    ours = GBCE(11)(batch.hidden, batch.labels, negatives, batch.mask, scorer=batch.scorer)
    assert_same(batch, ours, naive(batch, *naive_negatives(batch, negatives), 0.75))


def test_all_items_but_the_positive_as_negatives_need_no_calibration(make_batch):
    """Then alpha and beta are 1, whatever t; the same negative twice is not more than all."""
    batch = make_batch()
    for negatives in (torch.arange(11), torch.arange(11).repeat(3)):
        values = [
            GBCE(11, t)(
                batch.hidden, batch.labels, negatives, batch.mask, scorer=batch.scorer
            ).item()
            for t in (0.0, 0.5, 1.0)
        ]
        assert values == pytest.approx(3 * [values[0]])


def test_without_calibration_it_is_binary_cross_entropy_per_item(make_batch):
    batch = make_batch()
    object.__setattr__(batch, "labels", batch.labels % 6)
    arguments = (batch.hidden, Labels(batch.labels, batch.mask, torch.tensor([7, 8, 9, 10])))
    plain = BCESampled(log_epsilon=0, clamp_border=math.inf)(*arguments, scorer=batch.scorer)
    ours = GBCE(11, 0.0)(*arguments, scorer=batch.scorer)
    assert ours.item() == pytest.approx(plain.item() / 5)


def test_gradients_are_those_of_the_numbers(make_batch):
    batch = make_batch(positives=2)
    labels = Labels(batch.labels, batch.mask, torch.tensor([3, -100, 7]))

    def value(hidden, table):
        moved = batch.but(hidden=hidden, table=table)
        return GBCE(11)(hidden, labels, scorer=moved.scorer)

    assert torch.autograd.gradcheck(value, (batch.hidden, batch.table))


@pytest.mark.parametrize("size", [30.0, 1e3, 1e5])
def test_large_logits_keep_their_digits_in_single_precision(size):
    positives = torch.tensor([[-size], [size], [size / 7]])
    negatives = torch.tensor([[size, -size], [-size, -3.0], [12.0, -40.0]])
    mask, rule = torch.ones(3, 1, dtype=torch.bool), GBCERows(101, 0.75)
    beta = 1 - 0.75 * (1 - 2 / 100)
    exact = (beta * F.softplus(-positives.double()) + _sum_of(negatives.double())) / 3
    slopes = [
        -beta / 3 * torch.sigmoid(-positives.double()),
        torch.sigmoid(negatives.double()) / 3,
    ]
    losses = rule(positives, negatives, mask, None, True)
    torch.testing.assert_close(losses.double(), exact.squeeze(1), rtol=3e-7, atol=0)
    for mine, theirs in zip((positives, negatives), slopes, strict=True):
        torch.testing.assert_close(mine.double(), theirs, rtol=1e-6, atol=1e-37)


def _sum_of(negatives):
    """Sum of -log(1 - sigmoid(n)), exact where softplus of torch rounds."""
    return (negatives.clamp(min=0) + torch.log1p(torch.exp(-negatives.abs()))).sum(-1, keepdim=True)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ((0,), "cardinality is 0; give the number of items"),
        ((11, 1.5), "calibration is 1.5; it must be between 0 and 1"),
    ],
)
def test_settings_out_of_range_are_refused(settings, words):
    with pytest.raises(ValueError, match=words):
        GBCE(*settings)
