"""Weights and classes that stand in a file of the data folder."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from seqrec_library_kernels.item_weights import read_class_mask, read_weights


def written(folder, column):
    pq.write_table(pa.table({"c": column}), folder / "items.parquet")
    return folder, "items.parquet:c"


def test_weights_keep_their_type(tmp_path):
    for column, dtype in (([1, 0, 5], torch.int64), ([1.0, 0.5], torch.float64)):
        weights = read_weights(*written(tmp_path, column))
        assert weights.dtype == dtype
        assert weights.tolist() == column
    assert read_weights(tmp_path, None) is None


def test_weights_are_numbers(tmp_path):
    with pytest.raises(ValueError, match=r"items\.parquet:c' holds string; weights are numbers"):
        read_weights(*written(tmp_path, ["1", "2", "3"]))


@pytest.mark.parametrize(
    "column",
    [
        [[0], [], [0, 1], [1]],
        pa.array([[0], [], [0, 1], [1]], pa.large_list(pa.int32())),
    ],
)
def test_a_mask_has_a_row_for_each_class(tmp_path, column):
    mask = read_class_mask(*written(tmp_path, column), 4)
    assert mask.tolist() == [[True, False, True, False], [False, False, True, True]]


def test_one_class_an_item_needs_no_list(tmp_path):
    mask = read_class_mask(*written(tmp_path, [1, 0, 1]), 3)
    assert mask.tolist() == [[False, True, False], [True, False, True]]


@pytest.mark.parametrize(
    ("classes", "message"),
    [
        ([0, -1, 1], "is -1 in row 1; classes start from 0"),
        ([[0], [1], [-2]], "is -2 in row 2"),
        ([0.0, 1.5, 1.0], "holds double; classes are whole numbers"),
        (["a", "b", "c"], "holds string; classes are whole numbers"),
        ([[0], [None], [1]], "null in a list"),
        (pa.array([[], [], []], pa.list_(pa.int64())), "no class"),
        ([0, 1], "has 2 rows, and there are 3 items"),
    ],
)
def test_classes_that_are_none_are_refused(tmp_path, classes, message):
    with pytest.raises(ValueError, match=rf"items\.parquet:c.*{message}"):
        read_class_mask(*written(tmp_path, classes), 3)
