"""Batches of histories are those that the data module reads from a file with them."""

import tempfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from seqrec_datamodule_parquet.parquet_module import ParquetModule
from seqrec_tool_conformance.batches import ITEM, SCHEMA, V
from seqrec_tool_conformance.folder import data_folder
from seqrec_tool_recommend.event_histories import History
from seqrec_tool_recommend.history_batches import HistoryBatches

from seqrec_core.errors import BundleError, DataError
from seqrec_core.schema import (
    FeatureHint,
    FeatureSource,
    FeatureType,
    TensorFeatureInfo,
    TensorFeatureSource,
    TensorSchema,
)

LENGTH = 4
FEW = 6  # items of the drawn tables


@pytest.fixture(scope="module")
def items():
    return pq.read_table(data_folder() / "items.parquet")


def read(path, schema, rows):
    """The only batch that the data module reads of a file."""
    module = ParquetModule(rows, predict_path=path, schema=schema, max_sequence_length=LENGTH)
    module.setup("predict")
    loaders = module.predict_dataloader()
    [batch] = loaders[0] if isinstance(loaders, list) else loaders
    return batch


def of(lists):
    """Histories of nothing but items."""
    return [History(items) for items in lists]


def assert_equal_batches(batch, expected, names):
    for name in (*names, *(f"{name}_mask" for name in names)):
        assert batch[name].dtype == expected[name].dtype, name
        assert torch.equal(batch[name], expected[name]), name


def test_a_batch_is_what_the_data_module_reads_of_the_same_histories(items):
    path = data_folder() / "predict.parquet"
    histories = [user[ITEM] for user in pq.read_table(path).to_pylist()]
    batch = HistoryBatches(SCHEMA, items, LENGTH).batch(of(histories))
    names = ("query_id", "seen_ids", ITEM, "tags", "price", "image")
    assert_equal_batches(batch, read(path, SCHEMA, len(histories)), names)


def feature(name, feature_type, **settings):
    source = TensorFeatureSource(FeatureSource.ITEM_FEATURES, name)
    return TensorFeatureInfo(name, feature_type, is_seq=True, feature_sources=[source], **settings)


@settings(deadline=None, max_examples=25)
@given(
    histories=st.lists(st.lists(st.integers(0, FEW - 1), max_size=7), min_size=1, max_size=5),
    labels=st.lists(st.lists(st.integers(0, 3), max_size=4), min_size=FEW, max_size=FEW),
    tensor_dim=st.sampled_from([None, 4, 6]),
    is_new=st.booleans(),
)
def test_lists_of_any_length_and_types_are_those_of_the_data_module(
    histories, labels, tensor_dim, is_new
):
    schema = TensorSchema(
        [
            feature(ITEM, FeatureType.CATEGORICAL, feature_hint=FeatureHint.ITEM_ID, cardinality=9),
            feature("tags", FeatureType.CATEGORICAL_LIST, cardinality=4, tensor_dim=tensor_dim),
            feature("price", FeatureType.NUMERICAL, padding_value=7),
            feature("is_new", FeatureType.CATEGORICAL, cardinality=2, padding_value=int(is_new)),
        ]
    )
    table = pa.table(
        {
            "item": [f"item {item}" for item in range(FEW)],
            "tags": pa.array(labels, pa.list_(pa.int32())),
            "price": pa.array([item / 3 for item in range(FEW)], pa.float32()),
            "is_new": [item % 2 for item in range(FEW)],
        }
    )
    rows = {"query_id": range(len(histories)), ITEM: histories, "seen_ids": histories}
    for name in ("tags", "price", "is_new"):
        values = table[name].to_pylist()
        kind = pa.list_(table[name].type)
        rows[name] = pa.array([[values[item] for item in user] for user in histories], kind)
    rows[ITEM] = rows["seen_ids"] = pa.array(histories, pa.list_(pa.int64()))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "predict.parquet"
        pq.write_table(pa.table({**rows, "query_id": list(rows["query_id"])}), path)
        expected = read(path, schema, len(histories))
    assert_equal_batches(HistoryBatches(schema, table, LENGTH).batch(of(histories)), expected, rows)


def test_an_empty_history_is_padding_and_the_last_events_are_kept(items):
    batch = HistoryBatches(SCHEMA, items, LENGTH).batch(of([[], [1, 2, 3, 4, 5, 6]]))
    assert batch[ITEM].tolist() == [[V] * LENGTH, [3, 4, 5, 6]]
    assert batch[f"{ITEM}_mask"].tolist() == [[False] * LENGTH, [True] * LENGTH]
    assert batch["seen_ids"][1].tolist() == [1, 2, 3, 4, 5, 6]
    assert batch["price"][1].tolist() == [0.75, 1.0, 1.25, 1.5]


def test_without_a_length_the_longest_history_is_kept_whole(items):
    batch = HistoryBatches(SCHEMA, items, None).batch(of([[1], [1, 2, 3, 4, 5, 6]]))
    assert batch[ITEM].tolist() == [[V] * 5 + [1], [1, 2, 3, 4, 5, 6]]
    assert HistoryBatches(SCHEMA, items, None).batch(of([[]]))[ITEM].tolist() == [[V]]


@pytest.mark.parametrize(
    "values", [[1.0, None, 2.0], pa.array([[1], [1, None], [2]], pa.list_(pa.int64()))]
)
def test_an_item_without_the_feature_is_refused_where_it_is_read(values):
    kind = FeatureType.NUMERICAL if isinstance(values, list) else FeatureType.NUMERICAL_LIST
    item = feature(ITEM, FeatureType.CATEGORICAL, feature_hint=FeatureHint.ITEM_ID, cardinality=3)
    schema = TensorSchema([item, feature("price", kind)])
    batches = HistoryBatches(schema, pa.table({"item": ["a", "b", "c"], "price": values}), LENGTH)
    assert batches.batch(of([[0, 2]]))["price"].flatten()[-2:].tolist() == [1, 2]
    with pytest.raises(DataError, match="has no 'price', which the model reads"):
        batches.batch(of([[0, 1]]))


def test_a_feature_that_the_items_lack_is_refused(items):
    with pytest.raises(BundleError, match="reads 'price' of items, which the table of items lacks"):
        HistoryBatches(SCHEMA, items.drop_columns(["price"]), LENGTH)
    items_alone = TensorSchema([SCHEMA[ITEM]])
    HistoryBatches(items_alone, items.select([ITEM]), LENGTH)


def told(name, feature_type, source, **settings):
    origin = TensorFeatureSource(source, name)
    return TensorFeatureInfo(name, feature_type, feature_sources=[origin], **settings)


def test_what_histories_tell_of_events_and_users_is_what_the_data_module_reads(tmp_path):
    events, users = FeatureSource.INTERACTIONS, FeatureSource.QUERY_FEATURES
    asked = told(
        "request_time", FeatureType.NUMERICAL, users, feature_hint=FeatureHint.REQUEST_TIME
    )
    clock = {"is_seq": True, "feature_hint": FeatureHint.TIMESTAMP}
    schema = TensorSchema(
        [
            feature(ITEM, FeatureType.CATEGORICAL, feature_hint=FeatureHint.ITEM_ID, cardinality=9),
            told("timestamp", FeatureType.NUMERICAL, events, **clock),
            told("device", FeatureType.CATEGORICAL, events, is_seq=True, cardinality=5),
            told("stars", FeatureType.NUMERICAL, events, is_seq=True),
            told("marks", FeatureType.CATEGORICAL_LIST, events, is_seq=True, cardinality=4),
            told("age", FeatureType.NUMERICAL, users),
            told("gender", FeatureType.CATEGORICAL, users, cardinality=3),
            asked,
        ]
    )
    lists = [[0, 1, 2, 3, 4, 5], [2], []]
    times = [[10, 20, 20, 40, 50, 60], [7], []]
    device, stars = [[1, 2, 3, 4, 1, 2], [3], []], [[0.5, 1, 2, 3, 4, 5], [-1], []]
    marks = [[[1], [], [2, 3], [0], [1, 2, 3], []], [[3]], []]
    rows = {
        "query_id": [0, 1, 2],
        ITEM: pa.array(lists, pa.list_(pa.int64())),
        "seen_ids": pa.array(lists, pa.list_(pa.int64())),
        "timestamp": pa.array(times, pa.list_(pa.int64())),
        "device": pa.array(device, pa.list_(pa.int64())),
        "stars": pa.array(stars, pa.list_(pa.float32())),
        "marks": pa.array(marks, pa.list_(pa.list_(pa.int64()))),
        "age": pa.array([0.25, -1, 0], pa.float32()),
        "gender": [1, 2, 0],
        "request_time": [70, 8, 0],
    }
    pq.write_table(pa.table(rows), tmp_path / "predict.parquet")
    histories = [
        History(
            lists[user],
            {
                name: rows[name].to_pylist()[user]
                for name in ("timestamp", "device", "stars", "marks")
            },
            {"age": rows["age"].to_pylist()[user], "gender": rows["gender"][user]},
            rows["request_time"][user],
        )
        for user in range(3)
    ]
    batch = HistoryBatches(schema, pa.table({"item": list("abcdefghi")}), LENGTH).batch(histories)
    assert_equal_batches(batch, read(tmp_path / "predict.parquet", schema, 3), rows)
