"""The Spark engine: which session, with which settings, in how many tasks."""

from collections.abc import Iterable

from seqrec_library_engines.kind import EngineSpec

from seqrec_core.spec import param, spec

__all__ = ["SparkEngineSpec"]

_CONNECT = "sc://"


@spec
class SparkEngineSpec(EngineSpec):
    """Pieces are tasks of a Spark session: the active one, or one of its own."""

    target = "seqrec_engine_spark.spark_engine:SparkEngine"
    source = "https://spark.apache.org"
    master: str | None = param(
        None, help="master of its own session; null: that of spark-submit, or all cores here"
    )
    config: dict[str, str | bool | int | float] | None = param(
        None, help="settings of its own session, by name: spark.executor.memory and the like"
    )
    partitions: int | None = param(None, ge=1, help="tasks at most; null: one a piece")

    def check(self) -> Iterable[tuple[str, str]]:
        """A classic master; settings of Spark."""
        if (self.master or "").startswith(_CONNECT):
            yield (
                "master",
                f"{self.master!r} is Spark Connect, which ships no folders to executors; "
                "give a classic master such as yarn, k8s://…, spark://… or local[4]",
            )
        for name in self.config or {}:
            if not name.startswith("spark."):
                yield "config", f"{name!r} is no setting of Spark: they start with 'spark.'"
