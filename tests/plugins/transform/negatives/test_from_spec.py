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


def test_classes_of_another_number_of_items_are_refused(folder):
    with pytest.raises(ValueError, match="has 4 rows, and there are 5 items"):
        multiclass_negatives(5, 2, "items.parquet:category", "cls", "negatives", None, folder)
