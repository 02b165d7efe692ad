"""One more dimension for a column."""

import pytest
import torch
from seqrec_transform_columns.unsqueeze import UnsqueezeTransform


def printed(batch):
    return " ".join(repr(batch).split())


def test_unsqueeze_prints_the_reference_example():
    batch = {"padding_id": torch.BoolTensor([False, True, True])}
    assert printed(UnsqueezeTransform("padding_id", dim=0)(batch)) == (
        "{'padding_id': tensor([[False, True, True]])}"
    )


def test_unsqueeze_takes_every_place_there_is_and_no_other():
    batch = {"x": torch.zeros(2, 3), "y": torch.zeros(1)}
    output = UnsqueezeTransform("x", 2)(batch)
    assert output["x"].shape == (2, 3, 1)
    assert list(output) == ["x", "y"]
    assert UnsqueezeTransform("x", -3)(batch)["x"].shape == (1, 2, 3)
    for dim in (3, -4):
        with pytest.raises(ValueError, match=r"choose one of -3\.\.2"):
            UnsqueezeTransform("x", dim)(batch)


def test_a_missing_column_is_named_with_those_there_are():
    with pytest.raises(KeyError, match=r"no column 'absent' for unsqueeze, only .'present'"):
        UnsqueezeTransform("absent", -1)({"present": torch.zeros(1)})
