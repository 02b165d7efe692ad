"""The data folder that components read from: written once, and as the schema says."""

import json

import pyarrow.parquet as pq
from seqrec_tool_conformance.batches import ITEM, SCHEMA, V
from seqrec_tool_conformance.folder import USERS, data_folder

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
