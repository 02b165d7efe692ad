"""What differs between the metrics and the weights of two bundles, against torch's own reading."""

import json

import pytest
import torch
from safetensors.torch import save_file
from seqrec_tool_specs import bundle_differences
from seqrec_tool_specs.bundle_differences import metric_differences, weight_differences
from seqrec_tool_specs.differences import MISSING

from seqrec_core.errors import BundleError

WEIGHTS = {
    "a": torch.arange(12.0).reshape(3, 4),
    "b.weight": torch.full((5,), float("nan"), dtype=torch.bfloat16),
    "count": torch.tensor(3),
    "empty": torch.zeros(0, 2),
}


@pytest.fixture
def bundle(tmp_path):
    def write(name, weights=None, metrics=None):
        folder = tmp_path / name
        folder.mkdir()
        if weights is not None:
            save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
        if metrics is not None:
            (folder / "metrics.json").write_text(json.dumps(metrics))
        return folder

    return write


def test_equal_weights_have_no_difference_whatever_their_order(bundle):
    other = {name: tensor.clone() for name, tensor in reversed(WEIGHTS.items())}
    assert weight_differences(bundle("one", WEIGHTS), bundle("two", other)) == []


@pytest.mark.parametrize("chunk", [1, 7, 1 << 24])
@pytest.mark.parametrize("name", ["a", "b.weight", "count"])
def test_one_bit_at_the_end_of_a_tensor_is_seen(bundle, monkeypatch, name, chunk):
    monkeypatch.setattr(bundle_differences, "CHUNK", chunk)
    other = {**WEIGHTS, name: WEIGHTS[name].clone()}
    other[name].view(-1)[-1] = 8
    rows = weight_differences(bundle("one", WEIGHTS), bundle("two", other))
    assert [(row.path, row.right) for row in rows] == [(name, "other values")]


def test_shapes_types_and_tensors_of_one_side_are_named(bundle):
    other = {"a": WEIGHTS["a"].T.contiguous(), "b.weight": WEIGHTS["b.weight"].float()}
    one, two = bundle("one", WEIGHTS), bundle("two", {**other, "new": torch.zeros(2)})
    assert {row[0]: row[1:] for row in weight_differences(one, two)} == {
        "a": ("F32 [3, 4]", "F32 [4, 3]"),
        "b.weight": ("BF16 [5]", "F32 [5]"),
        "count": ("I64 []", MISSING),
        "empty": ("F32 [0, 2]", MISSING),
        "new": (MISSING, "F32 [2]"),
    }


@pytest.mark.parametrize("size", [4, 60, -1])
def test_a_damaged_file_is_named(bundle, size):
    one, two = bundle("one", WEIGHTS), bundle("two", WEIGHTS)
    file = two / "model.safetensors"
    file.write_bytes(file.read_bytes()[:size])
    with pytest.raises(BundleError, match=f"{file} is damaged: .*; restore it"):
        weight_differences(one, two)


def test_metrics_that_differ_are_named(bundle):
    one = bundle("one", metrics={"ndcg@10": 0.5, "recall@10": 0.25})
    two = bundle("two", metrics={"ndcg@10": 0.5, "recall@10": 0.75})
    assert metric_differences(one, one) == []
    assert [tuple(row) for row in metric_differences(one, two)] == [("recall@10", 0.25, 0.75)]
    three = bundle("three", metrics={"ndcg@10": 0.5, "map@10": 0.0})
    assert [row.path for row in metric_differences(one, three)] == ["recall@10", "map@10"]


def test_where_one_side_has_none_nothing_is_compared(bundle):
    one, two = bundle("one", WEIGHTS, {"ndcg@10": 0.5}), bundle("two")
    assert metric_differences(one, two) is None
    assert weight_differences(one, two) is None
