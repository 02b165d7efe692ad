"""Tensors from columns of the data folder."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from seqrec_library_kernels.tensor_files import read_column, read_values


@pytest.fixture
def folder(tmp_path):
    table = {"w": [1.0, 2.5], "count": [3, 4], "holes": [1, None], "list": [[1], [2, 3]]}
    pq.write_table(pa.table(table), tmp_path / "items.parquet")
    return tmp_path


def test_a_place_becomes_the_numbers_of_its_column(folder):
    for column, numbers in (("w", [1.0, 2.5]), ("count", [3.0, 4.0])):
        tensor = read_column(folder, f"items.parquet:{column}")
        assert tensor.dtype == torch.float32
        assert tensor.tolist() == numbers


def test_no_place_is_no_tensor(folder):
    assert read_column(folder, None) is None
    assert read_column(None, None) is None


def test_without_a_data_folder_the_place_is_a_path(folder):
    assert read_column(None, f"{folder}/items.parquet:w").tolist() == [1.0, 2.5]


def test_values_may_be_of_any_type(folder):
    assert read_values(folder, "items.parquet:list").to_pylist() == [[1], [2, 3]]


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ("items.parquet", "write 'file:column'"),
        ("missing.parquet:w", "missing.parquet"),
        ("items.parquet:v", "no column 'v'; choose one of w, count, holes, list"),
        ("items.parquet:holes", "'holes' is null in row 1"),
    ],
)
def test_a_place_without_numbers_is_named(folder, place, message):
    with pytest.raises(ValueError, match=message):
        read_column(folder, place)
