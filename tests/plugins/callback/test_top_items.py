"""Recommendations as tensors and frames."""

import math
import shutil

import pandas as pd
import polars as pl
import pytest
import torch
from polars.testing import assert_frame_equal
from seqrec_callback_polars.polars_frame import PolarsTopItemsCallback
from seqrec_callback_top_items.pandas_frame import PandasTopItemsCallback
from seqrec_callback_top_items.tensors import TorchTopItemsCallback
from seqrec_postprocessor_seen.seen_items import SeenItemsFilter

# User 7 has seen all but item 2, user 3 nothing.
BATCHES = [
    {
        "query_id": torch.tensor([7, 3]),
        "logits": torch.tensor([[4.0, 3.0, 2.0, 1.0], [0.5, 1.5, 3.5, 2.5]]),
        "seen_ids": torch.tensor([[0, 1, 3], [4, -1, 4]]),
    },
    {
        "query_id": torch.tensor([9]),
        "logits": torch.tensor([[1.0, 2.0, 3.0, 4.0]]),
        "seen_ids": torch.tensor([[3, 4]]),
    },
]
ROWS = {
    "user": [7, 3, 3, 9, 9],
    "item": [2, 2, 3, 2, 1],
    "rating": [2.0, 3.5, 2.5, 3.0, 2.0],
}


def run(callback, trainer, model, loader, batches=BATCHES):
    trainer(callback).predict(model, loader(batches))
    return callback.get_result()


def test_tensors_mark_the_items_that_are_missing(trainer, model, loader):
    callback = TorchTopItemsCallback(2, [SeenItemsFilter(4)])
    users, items, scores = run(callback, trainer, model, loader)
    assert users.tolist() == [7, 3, 9]
    assert items.tolist() == [[2, -1], [2, 3], [2, 1]]
    assert scores.tolist() == [[2.0, -math.inf], [3.5, 2.5], [3.0, 2.0]]
    assert items.dtype == users.dtype == torch.int64


def test_a_second_run_forgets_the_first(trainer, model, loader):
    callback = TorchTopItemsCallback(1)
    run(callback, trainer, model, loader)
    users, _, _ = run(callback, trainer, model, loader, BATCHES[1:])
    assert users.tolist() == [9]


def test_a_list_longer_than_the_catalogue_is_filled_up(trainer, model, loader):
    _, items, _ = run(TorchTopItemsCallback(6), trainer, model, loader)
    assert items[2].tolist() == [3, 2, 1, 0, -1, -1]


def test_pandas_has_one_row_an_item_and_plain_columns(trainer, model, loader):
    callback = PandasTopItemsCallback(2, "user", "item", postprocessors=[SeenItemsFilter(4)])
    frame = run(callback, trainer, model, loader)
    expected = pd.DataFrame(ROWS).astype({"rating": "float32"})
    pd.testing.assert_frame_equal(frame, expected)


def test_polars_has_one_row_an_item(trainer, model, loader):
    callback = PolarsTopItemsCallback(2, "user", "item", postprocessors=[SeenItemsFilter(4)])
    frame = run(callback, trainer, model, loader)
    assert_frame_equal(frame, pl.DataFrame(ROWS, schema_overrides={"rating": pl.Float32}))


@pytest.mark.skipif(not shutil.which("java"), reason="Spark needs Java 17 or later")
def test_spark_has_one_row_an_item(trainer, model, loader):
    sql = pytest.importorskip("pyspark.sql", reason="needs pyspark: pip install pyspark")
    from seqrec_callback_spark.spark_frame import SparkTopItemsCallback

    builder = sql.SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false")
    session = builder.getOrCreate()
    try:
        callback = SparkTopItemsCallback(
            2, "user", "item", "rating", session, postprocessors=[SeenItemsFilter(4)]
        )
        frame = run(callback, trainer, model, loader)
        assert frame.columns == ["user", "item", "rating"]
        assert [tuple(row) for row in frame.collect()] == list(zip(*ROWS.values(), strict=True))
    finally:
        session.stop()


def test_candidates_of_the_module_name_the_columns(trainer, model, loader):
    model.candidates_to_score = torch.tensor([10, 30, 20, 40])
    batches = [{**batch, "seen_ids": torch.tensor([[30], [40]])} for batch in BATCHES[:1]]
    _, items, _ = run(
        TorchTopItemsCallback(2, [SeenItemsFilter(50)]), trainer, model, loader, batches
    )
    assert items.tolist() == [[10, 20], [20, 30]]


def test_several_callbacks_share_logits_without_harm(trainer, model, loader):
    filtered = TorchTopItemsCallback(2, [SeenItemsFilter(4)])
    plain = TorchTopItemsCallback(2)
    trainer(filtered, plain).predict(model, loader(BATCHES))
    assert plain.get_result()[1].tolist() == [[0, 1], [2, 3], [3, 2]]


def test_users_come_from_the_named_column_where_the_batch_has_it(trainer, model, loader):
    batch = {"user": torch.tensor([[5]]), "logits": torch.ones(1, 2), "query_id": torch.tensor([1])}
    frame = run(PandasTopItemsCallback(1, "user", "item"), trainer, model, loader, [batch])
    assert frame["user"].tolist() == [5]


def test_a_batch_without_users_is_named(trainer, model, loader):
    with pytest.raises(KeyError, match=r"'user'.*logits"):
        run(
            PandasTopItemsCallback(1, "user", "item"),
            trainer,
            model,
            loader,
            [{"logits": torch.ones(1, 2)}],
        )


def test_a_result_before_any_prediction_is_refused():
    with pytest.raises(RuntimeError, match=r"call trainer\.predict"):
        TorchTopItemsCallback(1).get_result()


def test_the_length_of_the_list_must_be_positive():
    with pytest.raises(ValueError, match="top_k must be at least 1, got 0"):
        TorchTopItemsCallback(0)
