"""Weights and classes that stand in a file of the data folder."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from seqrec_transform_negatives.from_spec import multiclass_negatives, uniform_negatives


@pytest.fixture
def folder(tmp_path):
    columns = {"count": [1, 0, 5, 2], "category": [1, 0, 1, 0], "tags": [[0], [], [0, 1], [1]]}
    pq.write_table(pa.table(columns), tmp_path / "items.parquet")
    pq.write_table(pa.table({"count": [1, None]}), tmp_path / "nulls.parquet")
    return tmp_path


def test_specs_take_distributions_and_classes_from_the_data_folder(folder):
    generator = torch.Generator().manual_seed(0)
    transform = uniform_negatives(4, 3, "negatives", "items.parquet:count", generator, folder)
    assert sorted(transform({})["negatives"].tolist()) == [0, 2, 3]
    for column, members in (("category", [1, 3]), ("tags", [0, 2])):
        transform = multiclass_negatives(
            4, 2, f"items.parquet:{column}", "cls", "negatives", generator, folder
        )
        drawn = transform({"cls": torch.tensor([0])})["negatives"]
        assert sorted(drawn[0].tolist()) == members


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ("items.parquet", "write 'file:column'"),
        ("absent.parquet:count", "no file"),
        ("items.parquet:weight", "no column 'weight'"),
        ("nulls.parquet:count", "null in row 1"),
    ],
)
def test_a_place_that_holds_no_weights_is_named(folder, place, message):
    with pytest.raises(ValueError, match=message):
        uniform_negatives(4, 2, "negatives", place, None, folder)


@pytest.mark.parametrize(
    ("classes", "message"),
    [
        ([0, -1, 1], "is -1 in row 1; classes start from 0"),
        ([[0], [1], [-2]], "is -2 in row 2"),
        ([0.0, 1.5, 1.0], "holds double; classes are whole numbers"),
        (["a", "b", "c"], "holds string; classes are whole numbers"),
        ([[0], [None], [1]], "null in a list"),
        (pa.array([[], [], []], pa.list_(pa.int64())), "no class"),
    ],
)
def test_classes_that_are_none_are_refused(tmp_path, classes, message):
    pq.write_table(pa.table({"class": classes}), tmp_path / "items.parquet")
    with pytest.raises(ValueError, match=rf"items\.parquet:class.*{message}"):
        multiclass_negatives(3, 1, "items.parquet:class", "cls", "negatives", None, tmp_path)


def test_classes_may_be_lists_of_fixed_size(tmp_path):
    classes = pa.array([[0], [1], [1]], pa.list_(pa.int64(), 1))
    pq.write_table(pa.table({"class": classes}), tmp_path / "items.parquet")
    transform = multiclass_negatives(3, 1, "items.parquet:class", "c", "n", None, tmp_path)
    assert transform({"c": torch.tensor([0])})["n"].tolist() == [[0]]


def test_weights_are_numbers(tmp_path):
    pq.write_table(pa.table({"w": ["1", "2", "3"]}), tmp_path / "items.parquet")
    with pytest.raises(ValueError, match=r"items\.parquet:w' holds string; weights are numbers"):
        uniform_negatives(3, 1, "negatives", "items.parquet:w", None, tmp_path)


def test_classes_of_another_number_of_items_are_refused(folder):
    with pytest.raises(ValueError, match="has 4 rows, and there are 5 items"):
        multiclass_negatives(5, 2, "items.parquet:category", "cls", "negatives", None, folder)
