"""A preparation whose events are read, counted, filtered and sorted by Spark."""

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
from seqrec_tool_prepare.buckets import BucketsProto, buckets_of
from seqrec_tool_prepare.interactions import Interactions
from seqrec_tool_prepare.kcore import Core, core_of, refuse_empty
from seqrec_tool_prepare.ordering import Order, refuse_moved
from seqrec_tool_prepare.preparation import write_data_folder
from seqrec_tool_prepare.survey import Survey, SurveyPlan
from seqrec_tool_prepare.tables import Table
from seqrec_tool_prepare.time_ranks import TimeRanks

from seqrec_core.errors import DataError, SeqrecError
from seqrec_engine_spark.preparation.event_counts import counts_of, events_of, summary_of
from seqrec_engine_spark.preparation.event_files import SparkRows, open_by_spark
from seqrec_engine_spark.preparation.event_order import (
    SparkBuckets,
    counted_by_joins,
    held_by,
    numbered,
    oddities,
    without_repeats,
)
from seqrec_engine_spark.preparation.spark_paths import named_files
from seqrec_engine_spark.spark_faults import fault_of

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

__all__ = ["prepared_by_spark"]

_LEFT = ("event_features", "ids_from", "new_items")
_LEAST_PARTS = "spark.sql.files.minPartitionNum"
_FAULTS = ("user", "item", "rating")


def prepared_by_spark(
    spark: "SparkSession", options: Mapping[str, Any], changed: set[str]
) -> dict[str, Any]:
    """Write the data folder that the options ask for, and return its report.

    Raises DataError for input that cannot be used and options that are not done by Spark, and
    SeqrecError for what Spark cannot do.
    """
    for option in _LEFT:
        if option in changed:
            raise DataError(
                f"--{option.replace('_', '-')} is not done by the Spark engine; leave it out, or "
                "prepare without --engine"
            )
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas")
            with _same_parts(spark):
                means = SparkMeans(spark)
                try:
                    return write_data_folder(options, changed, means)
                finally:
                    means.let_go()
    except SeqrecError:
        raise
    except Exception as cause:
        is_gone = not _answers(spark)
        if isinstance(cause, OSError | pl.exceptions.PolarsError) and not is_gone:
            raise
        raise fault_of(cause, 1, is_gone=is_gone) from cause


@contextmanager
def _same_parts(spark: "SparkSession") -> Iterator[None]:
    """Files are in the same parts for all jobs, also where executors come and go meanwhile."""
    before = spark.conf.get(_LEAST_PARTS, None)
    if before is None:
        spark.conf.set(_LEAST_PARTS, str(spark.sparkContext.defaultParallelism))
    try:
        yield
    finally:
        if before is None:
            with suppress(Exception):  # Java may have died
                spark.conf.unset(_LEAST_PARTS)


def _answers(spark: "SparkSession") -> bool:
    """Whether the Java process of the session is there."""
    try:
        spark.conf.get("spark.app.name", None)
    except Exception:
        return False
    return True


class SparkMeans:
    """The steps that see every event, as jobs of a Spark session; see MeansProto."""

    def __init__(self, spark: "SparkSession"):
        self.spark = spark
        self._rows: SparkRows | None = None
        self._events: DataFrame | None = None
        self._persistent: list[DataFrame] = []

    def paths(self, named: Sequence[str | Path]) -> Sequence[str | Path]:
        """The files on this machine; what a URI names is for Spark to find."""
        return named_files(named)

    def open(
        self,
        files: Sequence[str | Path],
        format: str | None,
        *,
        columns: Sequence[str] | None,
        separator: str | None,
        scratch: Path,
    ) -> Table:
        """The files as a table; the events of it stay with Spark."""
        table, self._rows = open_by_spark(
            self.spark, files, format, columns=columns, separator=separator, scratch=scratch
        )
        return table

    def counted(self, plan: SurveyPlan) -> tuple[dict[str, int], pl.DataFrame, pl.DataFrame]:
        """One pass for the summary; then the kept events are held by Spark, and counted."""
        assert self._rows is not None
        first = summary_of(plan, self._rows)
        clocks = [first[f"clock {number}"] for number, _ in enumerate(plan.clocks)]
        is_faulty = any(first.get(role) is not None for role in _FAULTS)
        if not first["read"] or is_faulty or (clocks and None not in clocks):
            empty = pl.DataFrame(schema={"key": pl.String(), "count": pl.Int64()})
            return first, empty, empty
        self._hold(events_of(plan, self._rows, first))
        assert self._events is not None
        return first, counts_of(self._events, "user"), counts_of(self._events, "item")

    def in_order(
        self,
        events: Interactions,
        survey: Survey,
        folder: Path,
        *,
        trust_file: bool,
        drop_repeated: bool,
        progress: Callable[[int, int], None],
    ) -> tuple[BucketsProto, Order]:
        """Numbers the events, and counts what is odd; they are sorted when they are read."""
        assert self._events is not None
        self._hold(numbered(self.spark, self._events, survey))
        order = Order()
        if survey.clock is not None:
            order = oddities(self._events, events, survey.clock)
        if trust_file:
            refuse_moved(order, events)
        if drop_repeated and survey.clock is not None:
            size = self._events.count()
            self._hold(without_repeats(self._events))
            order += Order(dropped=size - self._events.count())
        size = int(buckets_of(survey).max()) + 1  # type: ignore[arg-type]
        return self._buckets(self._events, size), order

    def core(
        self,
        events: Interactions,
        survey: Survey,
        buckets: BucketsProto,
        min_user_count: int,
        min_item_count: int,
    ) -> tuple[Core, BucketsProto]:
        """The k-core by joins, and its events."""
        assert self._events is not None
        minima, sizes = (min_user_count, min_item_count), (len(survey.users), len(survey.items))
        core = core_of(counted_by_joins(self.spark, self._events, *sizes), *sizes, *minima)
        refuse_empty(core, events, *minima)
        return core, self._buckets(held_by(self.spark, self._events, core), len(buckets))

    def times(self, buckets: BucketsProto, core: Core) -> TimeRanks:
        """Exact times of the core's events."""
        assert isinstance(buckets, SparkBuckets)
        return buckets.times()

    def let_go(self) -> None:
        """Keep nothing on the executors any more."""
        for events in self._persistent:
            with suppress(Exception):  # Java may have died
                events.unpersist()

    def _buckets(self, events: "DataFrame", size: int) -> SparkBuckets:
        buckets = SparkBuckets(events, size)
        self._persistent.append(buckets.events)
        return buckets

    def _hold(self, events: "DataFrame") -> None:
        """Keep the events on the executors; Spark lets go of those before once they are counted."""
        from pyspark import StorageLevel

        before, self._events = self._events, events.persist(StorageLevel.DISK_ONLY)
        self._persistent.append(self._events)
        if before is not None:
            self._events.count()
            before.unpersist()
