"""Masks that depend on the value of a feature."""

import pytest
import torch
from seqrec_transform_sequence.equality_mask import EqualityMaskTransform


def printed(batch):
    return " ".join(repr(batch).split())


def test_equality_mask_keeps_positions_of_one_value():
    batch = {
        "target_padding_mask": torch.BoolTensor([[0, 1, 1, 1, 1]]),
        "events_type": torch.LongTensor([0, 3, 2, 1, 2]),
    }
    assert printed(EqualityMaskTransform("events_type", 2, mode="and")(batch)) == (
        "{'target_padding_mask': tensor([[False, False, True, False, True]]), "
        "'events_type': tensor([0, 3, 2, 1, 2])}"
    )
    joined = EqualityMaskTransform("events_type", 2, mode="xor")(batch)["target_padding_mask"]
    assert joined.tolist() == [[False, True, False, True, False]]


def test_equality_mask_lines_features_up_with_positions_of_several_labels():
    feature = torch.tensor([[1.0, 2.0], [2.0, 2.0]])
    batch = {"f": feature, "m": torch.ones(2, 2, 2, dtype=torch.bool)}
    joined = EqualityMaskTransform("f", 2.0, mask_name="m")(batch)["m"]
    assert torch.equal(joined, (feature == 2).unsqueeze(-1).expand(2, 2, 2))


def test_equality_mask_tells_large_ids_apart():
    batch = {"f": torch.tensor([2**24, 2**24 + 1]), "m": torch.tensor([True, True])}
    joined = EqualityMaskTransform("f", float(2**24 + 1), mask_name="m")(batch)["m"]
    assert joined.tolist() == [False, True]


def test_equality_mask_refuses_what_does_not_fit():
    with pytest.raises(ValueError, match="choose one of"):
        EqualityMaskTransform("f", 1, mode="nor")
    batch = {"f": torch.zeros(3, 2), "m": torch.ones(2, dtype=torch.bool)}
    with pytest.raises(ValueError, match="does not fit the mask"):
        EqualityMaskTransform("f", 1, mask_name="m")(batch)


@pytest.mark.parametrize(
    "transform",
    [
        EqualityMaskTransform("absent", 1),
        EqualityMaskTransform("item_id", 1, mask_name="absent"),
    ],
)
def test_a_missing_column_is_told_from_those_there(transform):
    batch = {"item_id": torch.tensor([[1]]), "item_id_mask": torch.tensor([[True]])}
    with pytest.raises(KeyError, match=r"no column 'absent' for \w+, only .*'item_id'.*; put it"):
        transform(batch)
