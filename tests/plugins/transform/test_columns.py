"""The printed examples of the reference, and what its text leaves open."""

import pytest
import torch
from seqrec_transform_columns.copy import CopyTransform
from seqrec_transform_columns.group import GroupTransform
from seqrec_transform_columns.rename import RenameTransform
from seqrec_transform_columns.select import SelectTransform
from seqrec_transform_columns.unsqueeze import UnsqueezeTransform


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


@pytest.mark.parametrize(
    ("transform", "name"),
    [(CopyTransform({"absent": "new"}), "copy"), (UnsqueezeTransform("absent", -1), "unsqueeze")],
)
def test_a_missing_column_is_named_with_those_there_are(transform, name):
    with pytest.raises(KeyError, match=f"no column 'absent' for {name}, only .'present'"):
        transform({"present": torch.zeros(1)})


def test_select_refuses_paths_of_three_names():
    with pytest.raises(ValueError, match="one or two names"):
        SelectTransform([("a", "b", "c")])
