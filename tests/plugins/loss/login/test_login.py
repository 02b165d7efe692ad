"""Log-in cross-entropy against its definition."""

import pytest
import torch
from seqrec_loss_login.login import LogInCE, LogInCESampled


def naive(batch, logits, counts, log_epsilon=1e-6, clamp_border=100.0):
    """The documented formula, position by position."""
    losses = []
    for user, position in batch.mask.any(-1).nonzero().tolist():
        labels = batch.labels[user, position][batch.mask[user, position]]
        positive = batch.logits[user, position, labels].exp().sum()
        negative = logits[user, position][counts[user, position]].exp().sum()
        probability = positive / (positive + negative)
        losses.append(-(probability + log_epsilon).log().clamp(-clamp_border, clamp_border))
    return torch.stack(losses).mean()


@pytest.fixture
def catalogue(naive_negatives):
    def spread(batch, ignore_index=-100):
        return naive_negatives(batch, torch.arange(11), ignore_index)

    return spread


@pytest.mark.parametrize("positives", [1, 3])
@pytest.mark.parametrize("settings", [(1e-6, 100.0), (1e-2, 1.5), (0.0, 100.0)])
def test_log_in_ce_is_the_documented_formula(
    make_batch, assert_same, catalogue, positives, settings
):
    batch = make_batch(positives=positives)
    loss = LogInCE(11, *settings)
    ours = loss(batch.hidden, batch.labels, batch.mask, scorer=batch.scorer)
    assert_same(batch, ours, naive(batch, *catalogue(batch), *settings))


@pytest.mark.parametrize("ignored", [4, 11, -100])
def test_an_ignored_item_is_nobodys_negative(make_batch, assert_same, catalogue, ignored):
    batch = make_batch(positives=2)
    loss = LogInCE(11, negative_labels_ignore_index=ignored)
    ours = loss(batch.hidden, batch.labels, batch.mask, scorer=batch.scorer)
    assert_same(batch, ours, naive(batch, *catalogue(batch, ignored)))


def test_log_in_ce_scores_heads_that_are_no_dot_product(
    make_batch, assert_same, catalogue, cosine_head
):
    batch = make_batch(positives=2, head=cosine_head)
    ours = LogInCE(11)(batch.hidden, batch.labels, batch.mask, scorer=batch.scorer)
    assert_same(batch, ours, naive(batch, *catalogue(batch)))


def test_log_in_ce_takes_the_number_of_items_without_padding(make_batch):
    batch = make_batch()
    with pytest.raises(ValueError, match="cardinality is 12, and the model has 11 items"):
        LogInCE(12)(batch.hidden, batch.labels, batch.mask, scorer=batch.scorer)


@pytest.mark.parametrize("positives", [1, 3])
@pytest.mark.parametrize("settings", [(1e-6, 100.0), (1e-2, 1.5)])
def test_sampled_log_in_ce_is_the_documented_formula(
    make_batch, assert_same, draw_negatives, naive_negatives, positives, settings
):
    batch = make_batch(positives=positives)
    negatives = draw_negatives(batch, ignore_index=-100)
    loss = LogInCESampled(*settings)
    ours = loss(batch.hidden, batch.labels, negatives, batch.mask, scorer=batch.scorer)
    assert_same(batch, ours, naive(batch, *naive_negatives(batch, negatives), *settings))


def test_log_in_ce_is_finite_at_extreme_scores(make_batch):
    batch = make_batch(positives=2, scale=1e4)
    loss = LogInCE(11, log_epsilon=0.0, clamp_border=1e9)
    ours = loss(batch.hidden, batch.labels, batch.mask, scorer=batch.scorer)
    assert ours.isfinite()
    assert all(gradient.isfinite().all() for gradient in batch.gradients(ours))
