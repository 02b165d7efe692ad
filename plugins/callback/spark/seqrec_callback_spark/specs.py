"""The callback that collects the best items of each user as a Spark frame."""

from seqrec_core.spec import CallbackSpec, inherited, param, spec


@spec
class SparkTopItemsSpec(CallbackSpec):
    """Recommendations as a Spark frame; build supplies the session."""

    target = "seqrec_callback_spark.spark_frame:SparkTopItemsCallback"
    runtime = ("spark_session", "postprocessors")
    top_k: int = param(10, ge=1, help="items recommended to each user")
    query_column: str = inherited(help="column of users, in the batch and in the frame")
    item_column: str = inherited("item_feature_name", help="column of items in the frame")
    rating_column: str = param("rating", help="column of logits in the frame")

    def measures(self) -> tuple[str, ...]:
        """Nothing."""
        return ()
