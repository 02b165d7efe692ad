"""Cross-entropy against unseen items, against its definition."""

import pytest
import torch
from seqrec_loss_ce_unseen.ce_unseen import CEUnseen
from torch.nn import functional as F

PAD = 11


@pytest.fixture
def items():
    """Two histories with a repetition, and one that begins with padding."""
    return torch.tensor([[3, 1, 3, 7, 0], [PAD, PAD, 2, 9, 4], [5, 6, 8, 10, 2]])


def naive(batch, items):
    """The loss of each target, over a catalogue without the items since the first target."""
    losses, first = [], batch.mask.squeeze(-1).int().argmax(1)
    for user, position, _ in batch.mask.nonzero().tolist():
        label = int(batch.labels[user, position])
        seen = set(items[user, first[user] : position + 1].tolist()) - {label}
        left = [item for item in range(PAD) if item not in seen]
        logits = batch.logits[user, position, left]
        losses.append(F.cross_entropy(logits[None], torch.tensor([left.index(label)])))
    return torch.stack(losses)


@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_it_is_cross_entropy_of_the_items_left(make_batch, assert_same, items, reduction):
    batch = make_batch()
    loss = CEUnseen(reduction=reduction)
    features = {"item_id": items}
    ours = loss(
        batch.hidden, batch.labels, batch.mask, scorer=batch.scorer, feature_tensors=features
    )
    assert_same(batch, ours, getattr(naive(batch, items), reduction)())


def test_a_label_that_was_seen_still_counts(make_batch, assert_same, items):
    batch = make_batch()
    batch.labels[0, :, 0] = torch.tensor([1, 3, 7, 3, 3])
    batch.mask[0] = True
    features = {"item_id": items}
    ours = CEUnseen()(
        batch.hidden, batch.labels, batch.mask, scorer=batch.scorer, feature_tensors=features
    )
    assert_same(batch, ours, naive(batch, items).mean())


def test_later_items_have_no_say(make_batch, items):
    batch = make_batch()
    batch.mask[:, 3:] = False
    later = items.clone()
    later[:, 3:] = 0
    losses = [
        CEUnseen("i")(
            batch.hidden, batch.labels, batch.mask, scorer=batch.scorer, feature_tensors={"i": ids}
        )
        for ids in (items, later)
    ]
    assert losses[0] == losses[1]


def test_losses_without_reduction_are_not_on_offer():
    with pytest.raises(ValueError, match="unknown reduction 'none'"):
        CEUnseen(reduction="none")


@pytest.mark.parametrize("features", [None, {"other": torch.zeros(3, 5)}])
def test_missing_items_are_named(make_batch, features):
    batch = make_batch()
    with pytest.raises(ValueError, match="no items 'item_id' among"):
        CEUnseen()(
            batch.hidden, batch.labels, batch.mask, scorer=batch.scorer, feature_tensors=features
        )


def test_items_of_another_shape_are_refused(make_batch, items):
    batch = make_batch()
    with pytest.raises(ValueError, match=r"\(3, 4\), the hidden states \(3, 5\)"):
        CEUnseen()(
            batch.hidden,
            batch.labels,
            batch.mask,
            scorer=batch.scorer,
            feature_tensors={"item_id": items[:, 1:]},
        )
