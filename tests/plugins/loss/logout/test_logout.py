"""Log-out cross-entropy against its definition."""

import pytest
import torch
from seqrec_loss_logout.logout import LogOutCE, LogOutCEWeighted
from torch.nn import functional as F


def pairs(batch, ignore_index=-100, **settings):
    """Cross-entropy of each label that counts against the items that are no positive there."""
    losses = []
    for user, position, place in batch.mask.nonzero().tolist():
        positives = batch.labels[user, position][batch.mask[user, position]]
        positive = batch.logits[user, position, batch.labels[user, position, place]]
        keep = ~torch.isin(torch.arange(11), torch.cat([positives, torch.tensor([ignore_index])]))
        classes = torch.cat([positive[None], batch.logits[user, position][keep]])[None]
        losses.append(F.cross_entropy(classes, torch.tensor([0]), **settings))
    return torch.stack(losses)


@pytest.mark.parametrize("positives", [1, 3])
@pytest.mark.parametrize("smoothing", [0.0, 0.2])
@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_log_out_ce_averages_over_labels(make_batch, assert_same, positives, smoothing, reduction):
    batch = make_batch(positives=positives)
    loss = LogOutCE(11, label_smoothing=smoothing, reduction=reduction)
    ours = loss(batch.hidden, batch.labels, batch.mask, scorer=batch.scorer)
    assert_same(batch, ours, getattr(pairs(batch, label_smoothing=smoothing), reduction)())


def test_log_out_ce_without_reduction_gives_each_label(make_batch):
    batch = make_batch(positives=3)
    loss = LogOutCE(11, reduction="none")
    ours = loss(batch.hidden, batch.labels, batch.mask, scorer=batch.scorer)
    torch.testing.assert_close(ours, pairs(batch))


@pytest.mark.parametrize("ignored", [4, 11])
def test_an_ignored_item_is_nobodys_negative(make_batch, assert_same, ignored):
    batch = make_batch(positives=2)
    loss = LogOutCE(11, negative_labels_ignore_index=ignored)
    ours = loss(batch.hidden, batch.labels, batch.mask, scorer=batch.scorer)
    assert_same(batch, ours, pairs(batch, ignored).mean())


def test_the_first_class_weight_is_that_of_positives(make_batch, assert_same):
    batch = make_batch(positives=2)
    weight = torch.rand(12, dtype=torch.double)
    arguments = (batch.hidden, batch.labels, batch.mask)
    total = LogOutCE(11, weight=weight, reduction="sum")(*arguments, scorer=batch.scorer)
    assert_same(batch, total, weight[0] * pairs(batch).sum())
    mean = LogOutCE(11, weight=weight)(*arguments, scorer=batch.scorer)
    assert_same(batch, mean, pairs(batch).mean())


def test_a_label_equal_to_the_ignore_index_is_no_target(make_batch):
    batch = make_batch(positives=3)
    open_mask = torch.ones_like(batch.mask)
    padded = batch.labels.masked_fill(~batch.mask, 11)
    ours = LogOutCE(11, ignore_index=11)(batch.hidden, padded, open_mask, scorer=batch.scorer)
    assert ours.item() == pytest.approx(pairs(batch).mean().item())


@pytest.mark.parametrize("normalize", ["count", "weights"])
def test_weights_line_up_with_their_labels(make_batch, assert_same, normalize):
    batch = make_batch(positives=3)
    weights = torch.rand(batch.mask.shape, dtype=torch.double)
    ours = LogOutCEWeighted(11, "w", normalize=normalize)(
        batch.hidden,
        batch.labels,
        batch.mask,
        scorer=batch.scorer,
        feature_tensors={"w": weights},
    )
    chosen = weights[batch.mask]
    divisor = chosen.sum() if normalize == "weights" else len(chosen)
    assert_same(batch, ours, (pairs(batch) * chosen).sum() / divisor)
