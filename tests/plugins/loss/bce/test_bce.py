"""Binary cross-entropy losses against their definitions."""

import pytest
import torch
from seqrec_loss_bce.bce import BCE, BCESampled
from torch.nn import functional as F


def full(batch, **settings):
    """Summed binary cross-entropy of all items, over positions with a target."""
    counts = batch.mask.any(-1)
    targets = torch.zeros_like(batch.logits)
    for user, position, place in batch.mask.nonzero().tolist():
        targets[user, position, batch.labels[user, position, place]] = 1
    total = F.binary_cross_entropy_with_logits(
        batch.logits[counts], targets[counts], reduction="sum", **settings
    )
    return total / counts.sum()


def sampled(batch, logits, counts, log_epsilon=1e-6, clamp_border=100.0):
    """The documented formula, pair by pair."""

    def term(probability):
        return -(probability + log_epsilon).log().clamp(-clamp_border, clamp_border)

    losses = []
    for user, position, place in batch.mask.nonzero().tolist():
        positive = batch.logits[user, position, batch.labels[user, position, place]]
        others = logits[user, position][counts[user, position]]
        losses.append(term(positive.sigmoid()) + term(1 - others.sigmoid()).sum())
    return torch.stack(losses).mean()


@pytest.mark.parametrize("positives", [1, 3])
@pytest.mark.parametrize("weighted", [False, True])
def test_bce_asks_every_item_its_own_question(make_batch, assert_same, positives, weighted):
    batch = make_batch(positives=positives)
    settings = {}
    if weighted:
        settings = {"weight": torch.rand(11).double(), "pos_weight": torch.rand(11).double()}
    ours = BCE(**settings)(batch.hidden, batch.labels, batch.mask, scorer=batch.scorer)
    assert_same(batch, ours, full(batch, **settings))


def test_bce_counts_a_label_that_stands_twice_once(make_batch, assert_same):
    batch = make_batch(positives=3)
    twice = batch.but(labels=batch.labels[..., [0, 1, 0]], mask=batch.mask[..., [0, 1, 0]])
    once = batch.but(labels=batch.labels[..., :2], mask=batch.mask[..., :2])
    ours = BCE()(twice.hidden, twice.labels, twice.mask, scorer=twice.scorer)
    assert_same(batch, ours, full(once))


def test_bce_keeps_a_positive_whose_copy_is_masked(make_batch, assert_same):
    batch = make_batch(positives=3)
    labels = batch.labels[..., [0, 0, 1]]
    mask = batch.mask & torch.tensor([False, True, True])
    batch = batch.but(labels=labels, mask=mask)
    ours = BCE()(batch.hidden, batch.labels, batch.mask, scorer=batch.scorer)
    assert_same(batch, ours, full(batch))


def test_bce_scores_heads_that_are_no_dot_product(make_batch, assert_same, cosine_head):
    batch = make_batch(positives=2, head=cosine_head)
    ours = BCE()(batch.hidden, batch.labels, batch.mask, scorer=batch.scorer)
    assert_same(batch, ours, full(batch))


@pytest.mark.parametrize("positives", [1, 3])
@pytest.mark.parametrize("settings", [(1e-6, 100.0), (1e-3, 2.0), (0.0, 100.0)])
def test_sampled_bce_is_the_documented_formula(
    make_batch, assert_same, draw_negatives, naive_negatives, positives, settings
):
    batch = make_batch(positives=positives)
    negatives = draw_negatives(batch, ignore_index=-100)
    loss = BCESampled(*settings)
    ours = loss(batch.hidden, batch.labels, negatives, batch.mask, scorer=batch.scorer)
    assert_same(batch, ours, sampled(batch, *naive_negatives(batch, negatives), *settings))


def test_sampled_bce_is_exact_where_sigmoids_run_out_of_digits(make_batch, draw_negatives):
    batch = make_batch(scale=20.0)
    single = batch.but(
        hidden=batch.hidden.detach().float().requires_grad_(),
        table=batch.table.detach().float().requires_grad_(),
    )
    negatives = draw_negatives(batch)
    results = []
    for case in (batch, single):
        loss = BCESampled()(case.hidden, case.labels, negatives, case.mask, scorer=case.scorer)
        results.append((loss, *case.gradients(loss)))
    for exact, ours in zip(*results, strict=True):
        torch.testing.assert_close(ours.double(), exact, rtol=1e-4, atol=1e-5)


def test_gradient_never_vanishes_without_a_floor(make_batch):
    batch = make_batch(scale=50.0)
    negatives = torch.arange(11)
    norms = []
    for log_epsilon in (1e-6, 0.0):
        loss = BCESampled(log_epsilon, clamp_border=1e9)(
            batch.hidden, batch.labels, negatives, batch.mask, scorer=batch.scorer
        )
        norms.append(batch.gradients(loss)[0].norm())
    assert norms[1] > 3 * norms[0]
