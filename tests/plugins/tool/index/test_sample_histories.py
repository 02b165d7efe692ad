"""Histories to measure with."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from seqrec_tool_index.sample_histories import random_histories, split_histories
from seqrec_tool_recommend.history_batches import HistoryBatches

from seqrec_core.errors import DataError
from seqrec_core.schema import (
    FeatureHint,
    FeatureSource,
    FeatureType,
    TensorFeatureInfo,
    TensorFeatureSource,
    TensorSchema,
)

EVENTS = (TensorFeatureSource(FeatureSource.INTERACTIONS, "column"),)
ITEMS = 40


def feature(name, kind=FeatureType.CATEGORICAL, **settings):
    return TensorFeatureInfo(name, kind, feature_sources=EVENTS, **settings)


@pytest.fixture
def schema():
    return TensorSchema(
        [
            feature("query_id", feature_hint=FeatureHint.QUERY_ID, cardinality=9),
            feature("item_id", feature_hint=FeatureHint.ITEM_ID, cardinality=ITEMS, is_seq=True),
            feature("device", cardinality=3, is_seq=True),
            feature("topics", FeatureType.CATEGORICAL_LIST, cardinality=5, is_seq=True),
            feature("paid", FeatureType.NUMERICAL, tensor_dim=1, is_seq=True),
            feature("age", cardinality=7),
        ]
    )


def test_random_ones_have_whatever_the_model_reads(schema):
    histories = random_histories(schema, ITEMS, 30)
    assert len(histories) == 30
    assert len({len(history.items) for history in histories}) > 10
    for history in histories:
        assert all(0 <= item < ITEMS for item in history.items)
        assert {name: len(values) for name, values in history.events.items()} == dict.fromkeys(
            ("device", "topics", "paid"), len(history.items)
        )
        assert all(0 <= value < 3 for value in history.events["device"])
        assert 0 <= history.user["age"] < 7
    batch = HistoryBatches(schema, pa.table({"item": list(range(ITEMS))}), 20).batch(histories)
    assert batch["item_id"].shape == batch["device"].shape == (30, 20)


def test_those_of_the_split_are_its_own(schema, tmp_path):
    assert split_histories(schema, tmp_path, 5) is None
    rows = {
        "query_id": [0, 1, 2],
        "item_id": [[1, 2], [], [7]],
        "device": [[0, 1], None, [2]],
        "topics": [[[1], [2, 3]], [], [[]]],
        "paid": [[1.0, 2.0], [], [0.5]],
        "age": [3, 4, 5],
    }
    pq.write_table(pa.table(rows), tmp_path / "predict.parquet")
    histories = split_histories(schema, tmp_path, 50)
    assert [list(history.items) for history in histories] == rows["item_id"]
    assert [history.user["age"] for history in histories] == [3, 4, 5]
    assert histories[0].events["topics"] == [[1], [2, 3]]
    [one] = split_histories(schema, tmp_path, 1)
    assert one in histories
    del rows["device"]
    pq.write_table(pa.table(rows), tmp_path / "predict.parquet")
    with pytest.raises(DataError, match="has no column 'device', which the model reads"):
        split_histories(schema, tmp_path, 5)
