"""Comparing nested tensors: what counts as the same, and what a failure says."""

from collections import OrderedDict

import pytest
import torch
from seqrec_tool_conformance.compare import (
    assert_close,
    assert_same,
    assert_unchanged,
    converted,
    differs,
    leaves,
    snapshot,
    tensors,
)


def test_leaves_carry_their_paths():
    value = {"a": [1, (2, {"b": 3})], "c": {}}
    assert list(leaves(value)) == [("['a'][0]", 1), ("['a'][1][0]", 2), ("['a'][1][1]['b']", 3)]


def test_tensors_are_those_of_floating_point_alone():
    value = {"a": torch.ones(2), "b": [torch.arange(2), torch.zeros(1, dtype=torch.bfloat16), 1.0]}
    assert [tensor.dtype for tensor in tensors(value)] == [torch.float32, torch.bfloat16]


def test_a_conversion_leaves_whole_numbers_and_the_nesting():
    value = {"a": torch.ones(2), "b": (torch.arange(2), [torch.ones(1)], "text")}
    result = converted(value, torch.float64)
    assert result["a"].dtype == result["b"][1][0].dtype == torch.float64
    assert result["b"][0] is value["b"][0]
    assert result["b"][2] == "text"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (torch.tensor([1.0, torch.nan]), torch.tensor([1.0, torch.nan])),
        (float("nan"), float("nan")),
        ({"a": [1, None]}, OrderedDict(a=[1, None])),
    ],
)
def test_the_same_is_the_same(one, other):
    assert_same(one, other, "it")


@pytest.mark.parametrize(
    ("one", "other", "message"),
    [
        ({"a": torch.ones(1)}, {"a": torch.zeros(1)}, r"changed: \['a'\] differs"),
        (torch.ones(1), torch.ones(1, dtype=torch.float64), "changed: it differs"),
        (torch.ones(1), torch.ones(2), "changed: it differs"),
        ({"a": 1}, {"b": 1}, r"it holds \[\"\['a'\]\"\], not \[\"\['b'\]\"\]"),
        (1.0, 1.5, "changed: it differs"),
    ],
)
def test_a_difference_is_named_with_its_place(one, other, message):
    with pytest.raises(AssertionError, match=message):
        assert_same(one, other, "changed")


def test_a_snapshot_tells_of_changes_in_place():
    value = {"a": torch.zeros(2)}
    before = snapshot(value)
    assert_unchanged(value, before, "changed")
    value["a"][1] = 1
    with pytest.raises(AssertionError, match="changed: "):
        assert_unchanged(value, before, "changed")


def test_close_is_within_the_tolerance_and_of_one_shape():
    assert_close(torch.tensor([1.0]), torch.tensor([1.00005]), "far")
    with pytest.raises(AssertionError, match=r"far \(largest difference 0\.5\)"):
        assert_close(torch.tensor([1.0]), torch.tensor([1.5]), "far")
    with pytest.raises(AssertionError, match=r"far: the shape is \(1,\), not \(2,\)"):
        assert_close(torch.ones(1), torch.ones(2), "far")


def test_values_differ_by_a_leaf_or_by_their_places():
    one = {"a": torch.tensor([1.0, float("nan")]), "b": 2}
    assert not differs(one, {"a": torch.tensor([1.0, float("nan")]), "b": 2})
    assert differs(one, {"a": torch.tensor([1.0, 2.0]), "b": 2})
    assert differs(one, {"a": one["a"]})
