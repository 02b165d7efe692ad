"""Tensors from columns of the data folder."""

import inspect

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from seqrec_library_kernels.columns import FromFiles, read_column


class Weighted:
    from_files = FromFiles("weight")

    def __init__(self, weight: torch.Tensor | None = None, scale: float = 1.0):
        self.weight, self.scale = weight, scale


class Named(Weighted):
    def __init__(self, name: str, weight: torch.Tensor | None = None):
        super().__init__(weight)
        self.name = name


@pytest.fixture
def folder(tmp_path):
    pq.write_table(pa.table({"w": [1.0, 2.5], "holes": [1, None]}), tmp_path / "items.parquet")
    return tmp_path


def test_a_place_becomes_the_numbers_of_its_column(folder):
    made = Weighted.from_files(weight="items.parquet:w", scale=2.0, data_dir=folder)
    assert made.weight.tolist() == [1.0, 2.5]
    assert made.scale == 2.0


def test_no_place_stays_no_tensor():
    assert Weighted.from_files(weight=None, scale=1.0, data_dir=None).weight is None


def test_the_signature_is_that_of_the_class_and_a_folder():
    assert list(inspect.signature(Weighted.from_files).parameters) == [
        "weight",
        "scale",
        "data_dir",
    ]
    assert list(inspect.signature(Named.from_files).parameters) == ["name", "weight", "data_dir"]


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ("items.parquet", "write 'file:column'"),
        ("missing.parquet:w", "missing.parquet"),
        ("items.parquet:v", "no column 'v'; choose one of w, holes"),
        ("items.parquet:holes", "'holes' is null in row 1"),
    ],
)
def test_a_place_without_numbers_is_named(folder, place, message):
    with pytest.raises(ValueError, match=message):
        read_column(folder, place)
