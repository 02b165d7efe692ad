"""What the spec says of its data before anything is read."""

import json

import pyarrow.parquet as pq
import pytest
from damaged_data import FEATURES, Damage, first
from seqrec_datamodule_parquet.specs import ParquetModuleSpec

from seqrec_core.agreement import disagreements
from seqrec_core.schema import TensorSchema
from seqrec_core.session import load_resolved, read, registry
from seqrec_core.spec import SchemaSpec


def faults(folder, schema=FEATURES, **data):
    raw = {
        "schema": {"features": schema},
        "model": {"type": "sasrec", "embedding_dim": 8},
        "data": {"type": "parquet", "folder": str(folder), **data},
        "trainer": {"type": "lightning"},
    }
    there = disagreements(load_resolved(raw).recipe, registry)
    return [(fault.path, fault.message) for fault in there]


@pytest.fixture
def folder(tmp_path):
    def written(change=lambda tables: None):
        Damage("", "", "", "", None, change).write(tmp_path / "data")
        return tmp_path / "data"

    return written


def test_what_footers_tell_is_a_fault_of_the_folder(folder):
    assert faults(folder()) == []


def test_a_strange_id_is_one_fault(folder):
    ((path, said),) = faults(folder(first("train", "item_id", 7, 99)))
    assert path == "data.folder"
    assert said.startswith("train.parquet: column 'item_id', row 7: 99 is no id of the schema")


def test_a_cardinality_that_is_not_the_datas_is_one_fault(folder):
    ((path, said),) = faults(folder(), [{**FEATURES[0], "cardinality": 25}, *FEATURES[1:]])
    assert path == "schema.features[0].cardinality"
    assert "set it to 30" in said


def test_a_feature_that_no_split_has_is_one_fault(folder):
    ((path, said),) = faults(folder(), [*FEATURES, {"name": "year", "type": "numerical"}])
    assert (path, "column 'year' is missing" in said) == ("data.folder", True)


def test_an_empty_folder_and_a_file_that_is_cut_are_one_fault(folder, tmp_path):
    (tmp_path / "empty").mkdir()
    ((path, said),) = faults(tmp_path / "empty")
    assert path == "data.folder"
    assert "has no train.parquet to train on, but no Parquet file; make it with" in said
    place = folder() / "train.parquet"
    place.write_bytes(place.read_bytes()[:-20])
    ((path, said),) = faults(place.parent)
    assert path == "data.folder"
    assert "train.parquet: cannot be read as Parquet" in said


def test_a_schema_of_the_folder_that_is_none_is_named(folder):
    path = folder()
    (path / "schema.json").write_text(json.dumps({"features": 3}))
    assert [said for _, said in faults(path)] == [
        f"{path / 'schema.json'}: features is no list of features, each with a name; prepare the "
        "data again"
    ]


def test_files_elsewhere_are_not_looked_at(folder):
    assert faults(folder(), train="s3://bucket/train.parquet") == []


def test_the_column_of_lengths_must_be_a_feature(folder):
    schema: TensorSchema = read({"features": FEATURES}, SchemaSpec).tensor_schema()
    spec = ParquetModuleSpec(folder=str(folder()), max_sequence_length=5, item_feature_name="itm")
    (said,) = spec.data_faults(schema)
    assert said.startswith("item_feature_name is 'itm', and the schema has item_id, kind")


def test_a_column_of_a_feature_may_have_another_name(folder):
    path = folder()
    other = [{**FEATURES[0], "column": "song"}, *FEATURES[1:]]
    ((_, said),) = faults(path, other)
    assert said.startswith("train.parquet: column 'song' is missing")
    for split in ("train", "validate", "test", "predict"):
        table = pq.read_table(path / f"{split}.parquet")
        names = ["song" if name == "item_id" else name for name in table.column_names]
        pq.write_table(table.rename_columns(names), path / f"{split}.parquet")
    assert faults(path, other) == []
