"""Recommendations as a Spark frame, made by the session that the callback was handed."""

import shutil
from types import SimpleNamespace

import pytest
from seqrec_postprocessor_seen.seen_items import SeenItemsFilter

sql = pytest.importorskip("pyspark.sql", reason="needs pyspark: pip install pyspark")


def callback(session):
    from seqrec_callback_spark.spark_frame import SparkTopItemsCallback

    return SparkTopItemsCallback(
        2, "user", "item", "rating", session, postprocessors=[SeenItemsFilter(4)]
    )


def test_the_session_gets_one_row_an_item(recommended, batches, rows):
    session = SimpleNamespace(createDataFrame=lambda table: table)
    assert recommended(callback(session), batches).to_pydict() == rows


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("java"), reason="Spark needs Java 17 or later")
def test_spark_has_one_row_an_item(recommended, batches, rows):
    builder = sql.SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false")
    session = builder.getOrCreate()
    try:
        frame = recommended(callback(session), batches)
        assert frame.columns == ["user", "item", "rating"]
        assert [tuple(row) for row in frame.collect()] == list(zip(*rows.values(), strict=True))
    finally:
        session.stop()
