"""Recommendations as a Spark frame."""

from collections.abc import Sequence

import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession
from seqrec_callback_top_items.collector import TopItemsCollector

from seqrec_core.contracts import PostprocessorProto

__all__ = ["SparkTopItems"]


class SparkTopItems(TopItemsCollector[DataFrame]):
    """Collects the `top_k` best items of every user as a frame of `spark_session`."""

    def __init__(
        self,
        top_k: int,
        query_column: str,
        item_column: str,
        rating_column: str,
        spark_session: SparkSession,
        postprocessors: Sequence[PostprocessorProto] | None = None,
    ) -> None:
        super().__init__(top_k, query_column, item_column, rating_column, postprocessors)
        self.spark_session = spark_session

    def get_result(self) -> DataFrame:
        """One row an item, best first for each user, fewer than `top_k` where no more are left."""
        table = self._long_table()
        columns = {
            self.query_column: table.queries.numpy(),
            self.item_column: table.items.numpy(),
            self.rating_column: table.scores.numpy(),
        }
        return self.spark_session.createDataFrame(pa.table(columns))
