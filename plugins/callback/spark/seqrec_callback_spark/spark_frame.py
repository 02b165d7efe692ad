"""A Lightning callback that gives recommendations as a Spark frame."""

from collections.abc import Sequence

from pyspark.sql import DataFrame, SparkSession
from seqrec_callback_top_items.top_items import TopItemsCallbackBase

from seqrec_callback_spark.spark_collector import SparkTopItems
from seqrec_core.contracts import PostprocessorProto

__all__ = ["SparkTopItemsCallback"]


class SparkTopItemsCallback(TopItemsCallbackBase[DataFrame]):
    """Collects the `top_k` best items of every user as a frame of `spark_session`.

    `pip install seqrec-callback-spark` brings pyspark; Spark itself needs Java 17 or later.
    """

    def __init__(
        self,
        top_k: int,
        query_column: str,
        item_column: str,
        rating_column: str,
        spark_session: SparkSession,
        postprocessors: Sequence[PostprocessorProto] | None = None,
    ) -> None:
        super().__init__(
            SparkTopItems(
                top_k, query_column, item_column, rating_column, spark_session, postprocessors
            )
        )
