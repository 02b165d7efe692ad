"""Shorter sequences."""

import pytest
import torch
from seqrec_transform_sequence.trim import AdaptiveTrimTransform, TrimTransform


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


@pytest.mark.parametrize(
    "transform",
    [
        TrimTransform(1, "absent"),
        AdaptiveTrimTransform("item_id", "absent"),
        AdaptiveTrimTransform("absent", "item_id_mask"),
    ],
)
def test_a_missing_column_is_told_from_those_there(transform):
    batch = {"item_id": torch.tensor([[1]]), "item_id_mask": torch.tensor([[True]])}
    with pytest.raises(KeyError, match=r"no column 'absent' for \w+, only .*'item_id'.*; put it"):
        transform(batch)
