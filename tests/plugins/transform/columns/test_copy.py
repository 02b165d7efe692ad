"""Columns under a second name."""

import pytest
import torch
from seqrec_transform_columns.copy import CopyTransform


def printed(batch):
    return " ".join(repr(batch).split())


def test_copy_prints_the_reference_example():
    batch = {"item_id_mask": torch.BoolTensor([False, True, True])}
    assert printed(CopyTransform({"item_id_mask": "padding_id"})(batch)) == (
        "{'item_id_mask': tensor([False, True, True]), 'padding_id': tensor([False, True, True])}"
    )


def test_copies_are_detached_and_of_their_own_memory():
    batch = {"x": torch.ones(3, requires_grad=True)}
    copied = CopyTransform({"x": "y"})(batch)["y"]
    assert not copied.requires_grad
    assert copied.data_ptr() != batch["x"].data_ptr()


def test_a_missing_column_is_named_with_those_there_are():
    with pytest.raises(KeyError, match=r"no column 'absent' for copy, only .'present'"):
        CopyTransform({"absent": "new"})({"present": torch.zeros(1)})
