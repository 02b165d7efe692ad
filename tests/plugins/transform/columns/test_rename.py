"""Columns under another name."""

import pytest
import torch
from seqrec_transform_columns.rename import RenameTransform


def printed(batch):
    return " ".join(repr(batch).split())


def test_rename_prints_the_reference_example():
    batch = {"item_id_mask": torch.BoolTensor([False, True, True])}
    assert printed(RenameTransform({"item_id_mask": "padding_id"})(batch)) == (
        "{'padding_id': tensor([False, True, True])}"
    )


def test_rename_keeps_the_order_and_refuses_a_name_that_is_taken():
    batch = {"a": torch.zeros(1), "b": torch.ones(1)}
    assert list(RenameTransform({"a": "c", "absent": "d"})(batch)) == ["c", "b"]
    assert list(RenameTransform({"a": "b", "b": "a"})(batch)) == ["b", "a"]
    with pytest.raises(ValueError, match="two columns one name"):
        RenameTransform({"a": "b"})(batch)
