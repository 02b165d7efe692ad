"""Sequences moved by some positions."""

import pytest
import torch
from seqrec_transform_sequence.sequence_roll import SequenceRollTransform


def printed(batch):
    return " ".join(repr(batch).split())


def test_sequence_roll_prints_the_reference_example():
    batch = {"item_id": torch.LongTensor([[2, 3, 1]])}
    output = SequenceRollTransform("item_id", roll=-1, padding_value=10)(batch)
    assert printed(output) == "{'item_id': tensor([[ 3, 1, 10]])}"


@pytest.mark.parametrize(
    ("roll", "expected"),
    [(0, [2, 3, 1]), (1, [9, 2, 3]), (-2, [1, 9, 9]), (5, [9, 9, 9]), (-3, [9, 9, 9])],
)
def test_sequence_roll_fills_what_nothing_moves_into(roll, expected):
    batch = {"item_id": torch.LongTensor([[2, 3, 1]])}
    output = SequenceRollTransform("item_id", roll=roll, padding_value=9)(batch)
    assert output["item_id"].tolist() == [expected]
    assert batch["item_id"].tolist() == [[2, 3, 1]]


def test_a_missing_column_is_told_from_those_there():
    with pytest.raises(KeyError, match=r"no column 'absent' for \w+, only .*'item_id'.*; put it"):
        SequenceRollTransform("absent")({"item_id": torch.tensor([[1]])})
