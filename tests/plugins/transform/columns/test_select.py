"""A part of the columns."""

import pytest
import torch
from seqrec_transform_columns.select import SelectTransform


def printed(batch):
    return " ".join(repr(batch).split())


def test_select_keeps_columns_and_columns_of_groups():
    batch = {
        "feature_1": torch.tensor([1]),
        "feature_2": torch.tensor([2]),
        "group": {"feature_3": torch.tensor([3]), "feature_4": torch.tensor([4])},
    }
    output = SelectTransform(["feature_1", ("feature_2",), ("group", "feature_3")])(batch)
    assert printed(output) == (
        "{'feature_1': tensor([1]), 'feature_2': tensor([2]), 'group': {'feature_3': tensor([3])}}"
    )
    assert list(batch["group"]) == ["feature_3", "feature_4"]


@pytest.mark.parametrize("path", ["absent", ("absent", "x"), ("group", "absent")])
def test_select_names_what_is_missing(path):
    with pytest.raises(KeyError, match="no 'absent' among"):
        SelectTransform([path])({"group": {"x": torch.zeros(1)}})


def test_select_refuses_paths_of_three_names():
    with pytest.raises(ValueError, match="one or two names"):
        SelectTransform([("a", "b", "c")])
