"""Columns gathered in nested dicts."""

import pytest
import torch
from seqrec_transform_columns.group import GroupTransform


def printed(batch):
    return " ".join(repr(batch).split())


def test_group_prints_the_reference_example():
    batch = {
        "item_id": torch.LongTensor([[30, 22, 1]]),
        "item_feature": torch.LongTensor([[1, 11, 11]]),
    }
    output = GroupTransform({"feature_tensors": ["item_id", "item_feature"]})(batch)
    assert printed(output) == (
        "{'feature_tensors': {'item_id': tensor([[30, 22, 1]]), "
        "'item_feature': tensor([[ 1, 11, 11]])}}"
    )


def test_group_leaves_out_columns_that_are_absent():
    output = GroupTransform({"a": ["x", "y"], "b": ["x"]})({"x": torch.ones(1), "z": torch.ones(1)})
    assert list(output) == ["z", "a", "b"]
    assert list(output["a"]) == list(output["b"]) == ["x"]


def test_a_group_replaces_no_column():
    batch = {"item_id": torch.ones(1), "genre": torch.ones(1)}
    with pytest.raises(ValueError, match="the group 'item_id' would replace a column"):
        GroupTransform({"item_id": ["genre"]})(batch)
    assert list(GroupTransform({"item_id": ["item_id"]})(batch)) == ["genre", "item_id"]
