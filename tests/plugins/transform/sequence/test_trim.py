"""Shorter sequences."""

import pytest
import torch
from seqrec_transform_sequence.trim import (
    AdaptiveTrimTransform,
    TargetAwareAdaptiveTrimTransform,
    TrimTransform,
)


def printed(batch):
    return " ".join(repr(batch).split())


def test_trim_prints_the_reference_example():
    batch = {
        "user_id": torch.LongTensor([111]),
        "item_id": torch.LongTensor([[5, 4, 0, 7, 4]]),
        "seen_ids": torch.LongTensor([[5, 4, 0, 7, 4]]),
    }
    assert printed(TrimTransform(seq_len=3, feature_names="item_id")(batch)) == (
        "{'user_id': tensor([111]), 'item_id': tensor([[0, 7, 4]]), "
        "'seen_ids': tensor([[5, 4, 0, 7, 4]])}"
    )
    with pytest.raises(ValueError, match="cannot trim 'seen_ids' of length 5 to 6"):
        TrimTransform(6, ["seen_ids"])(batch)
    with pytest.raises(ValueError, match="seq_len is 0"):
        TrimTransform(0, "item_id")


def test_adaptive_trim_keeps_one_pad_position_in_front_of_the_longest_sequence():
    batch = {
        "item_id": torch.LongTensor([[5, 5, 5, 5, 0], [5, 5, 5, 2, 4]]),
        "padding_mask": torch.BoolTensor([[0, 0, 0, 0, 1], [0, 0, 0, 1, 1]]),
    }
    assert printed(AdaptiveTrimTransform("item_id")(batch)) == (
        "{'item_id': tensor([[5, 5, 0], [5, 2, 4]]), "
        "'padding_mask': tensor([[False, False, True], [False, True, True]])}"
    )
    assert AdaptiveTrimTransform("item_id", front_padding=0)(batch)["item_id"].shape == (2, 2)
    assert batch["item_id"].shape == (2, 5)


def test_adaptive_trim_cuts_nothing_real_and_never_everything():
    full = {"x": torch.arange(4)[None], "padding_mask": torch.BoolTensor([[1, 0, 1, 1]])}
    assert torch.equal(AdaptiveTrimTransform("x")(full)["x"], full["x"])
    empty = {"x": torch.arange(4)[None], "padding_mask": torch.zeros(1, 4, dtype=torch.bool)}
    assert AdaptiveTrimTransform(["x"], front_padding=0)(empty)["x"].shape == (1, 1)


def test_adaptive_trim_leaves_the_list_it_was_given_alone():
    names = ["x"]
    AdaptiveTrimTransform(names)
    assert names == ["x"]


def two_users(**changes):
    """The longer user has a target at the padding before its first event, of two of six."""
    return {
        "item_id": torch.arange(12).view(2, 6),
        "genres": torch.arange(24).view(2, 6, 2),
        "user": torch.tensor([3, 4]),
        "padding_mask": torch.BoolTensor([[0, 0, 0, 0, 0, 1], [0, 0, 0, 0, 1, 1]]),
        "target_padding_mask": torch.BoolTensor([[0, 0, 0, 0, 0, 1], [0, 0, 0, 1, 1, 0]]),
        **changes,
    }


def test_target_aware_trim_keeps_what_events_or_targets_need():
    batch = two_users()
    trimmed = TargetAwareAdaptiveTrimTransform(["item_id", "genres"])(batch)
    assert list(trimmed) == list(batch)
    for name, values in batch.items():
        assert torch.equal(trimmed[name], values if name == "user" else values[:, 3:])
    several = two_users(target_padding_mask=batch["target_padding_mask"][..., None])
    trimmed = TargetAwareAdaptiveTrimTransform("item_id")(several)
    assert trimmed["target_padding_mask"].shape == (2, 3, 1)
    nobody = torch.zeros(2, 6, dtype=torch.bool)
    empty = two_users(padding_mask=nobody, target_padding_mask=nobody)
    assert TargetAwareAdaptiveTrimTransform("item_id")(empty)["item_id"].shape == (2, 6)


def test_target_aware_trim_refuses_what_does_not_fit():
    transform = TargetAwareAdaptiveTrimTransform("item_id")
    with pytest.raises(ValueError, match=r"'target_padding_mask' of shape \(2, 5\) does not begin"):
        transform(two_users(target_padding_mask=torch.ones(2, 5, dtype=torch.bool)))
    with pytest.raises(ValueError, match=r"'item_id' of shape \(2,\)"):
        transform(two_users(item_id=torch.arange(2)))
    with pytest.raises(TypeError, match=r"'padding_mask' is torch\.int64; give torch\.bool"):
        transform(two_users(padding_mask=torch.ones(2, 6, dtype=torch.long)))


@pytest.mark.parametrize(
    "transform",
    [
        TargetAwareAdaptiveTrimTransform("item_id", "absent"),
        TargetAwareAdaptiveTrimTransform("item_id", "item_id_mask", "absent"),
        TrimTransform(1, "absent"),
        AdaptiveTrimTransform("item_id", "absent"),
        AdaptiveTrimTransform("absent", "item_id_mask"),
    ],
)
def test_a_missing_column_is_told_from_those_there(transform):
    batch = {"item_id": torch.tensor([[1]]), "item_id_mask": torch.tensor([[True]])}
    with pytest.raises(KeyError, match=r"no column 'absent' for \w+, only .*'item_id'.*; put it"):
        transform(batch)
