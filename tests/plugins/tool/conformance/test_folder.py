"""The data folder that components read from: written once, and as the schema says."""

import json

import pyarrow as pa
import pyarrow.parquet as pq
from seqrec_tool_conformance.batches import ITEM, SCHEMA, V
from seqrec_tool_conformance.folder import HISTORIES, USERS, data_folder, written_folder

from seqrec_core.schema import FeatureSource, FeatureType, TensorFeatureInfo, TensorFeatureSource
from seqrec_core.session import dump
from seqrec_core.spec.recipe import SchemaSpec


def test_it_is_written_once_a_process():
    assert data_folder() is data_folder()


def test_the_schema_is_that_of_the_batches():
    assert json.loads((data_folder() / "schema.json").read_text()) == dump(SchemaSpec.of(SCHEMA))


def test_row_i_of_the_items_is_item_i_with_its_features():
    items = pq.read_table(data_folder() / "items.parquet")
    assert items[ITEM].to_pylist() == list(range(V))
    assert {"tags", "price", "image", "class"} <= set(items.column_names)
    assert {len(values) for values in items["image"].to_pylist()} == {3}


def test_events_have_the_features_of_their_items():
    items = pq.read_table(data_folder() / "items.parquet")["price"].to_pylist()
    for user in pq.read_table(data_folder() / "train.parquet").to_pylist():
        assert user["price"] == [items[item] for item in user[ITEM]]


def test_every_split_has_every_user_and_the_evaluated_ones_an_unseen_target():
    for split in ("train", "validate", "test", "predict"):
        rows = pq.read_table(data_folder() / f"{split}.parquet").to_pylist()
        assert [row["query_id"] for row in rows] == list(range(USERS)), split
        if split in ("validate", "test"):
            assert not any(set(row["ground_truth"]) & set(row["seen_ids"]) for row in rows)


def test_numbers_are_stored_as_prepared_data_has_them():
    schema = pq.read_schema(data_folder() / "train.parquet")
    assert schema.field("price").type.value_type == pa.float32()
    assert schema.field("image").type.value_type.value_type == pa.float32()
    assert schema.field(ITEM).type.value_type == pa.int64()


def column(name, source, **settings):
    sources = [TensorFeatureSource(source, name)]
    return TensorFeatureInfo(name, FeatureType.NUMERICAL, feature_sources=sources, **settings)


def test_further_columns_hold_what_events_gives_for_each_user():
    hour = column("hour", FeatureSource.INTERACTIONS, is_seq=True)
    age = column("age", FeatureSource.QUERY_FEATURES)

    def events(real):
        return {"hour": real.cumsum(1) * 10, "age": real.sum(1)}

    folder = written_folder([hour, age], events)
    lengths = [len(history) for history in HISTORIES]
    for split in ("train", "predict"):
        rows = pq.read_table(folder / f"{split}.parquet").to_pylist()
        assert [row["age"] for row in rows] == lengths
        for row, length in zip(rows, lengths, strict=True):
            assert row["hour"] == [10 * (1 + place) for place in range(length)]
    names = {
        feature["name"] for feature in json.loads((folder / "schema.json").read_text())["features"]
    }
    assert {"hour", "age"} <= names


def test_a_further_column_of_items_has_a_value_an_item_and_events_have_it():
    colour = column("colour", FeatureSource.ITEM_FEATURES, is_seq=True)
    folder = written_folder([colour], lambda real: {})
    colours = pq.read_table(folder / "items.parquet")["colour"].to_pylist()
    assert len(set(colours)) > V // 2
    for row in pq.read_table(folder / "test.parquet").to_pylist():
        assert row["colour"] == [colours[item] for item in row[ITEM]]
