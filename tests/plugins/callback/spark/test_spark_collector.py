"""Recommendations as a Spark frame, without a trainer."""

from types import SimpleNamespace

import pytest
from seqrec_postprocessor_seen.seen_items import SeenItemsFilter

pytest.importorskip("pyspark.sql", reason="needs pyspark: pip install pyspark")


def test_the_session_gets_one_row_an_item(collected, batches, rows):
    from seqrec_callback_spark.spark_collector import SparkTopItems

    session = SimpleNamespace(createDataFrame=lambda table: table)
    collector = SparkTopItems(2, "user", "item", "rating", session, [SeenItemsFilter(4)])
    assert collected(collector, batches).to_pydict() == rows
