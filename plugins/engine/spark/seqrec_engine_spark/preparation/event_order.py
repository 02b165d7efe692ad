"""Events by number, sorted and cut down to their k-core by Spark, and given out in buckets."""

import io
import pickle
import time
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
import polars as pl
from seqrec_tool_prepare.buckets import buckets_of
from seqrec_tool_prepare.interactions import Interactions
from seqrec_tool_prepare.kcore import Core
from seqrec_tool_prepare.ordering import Order, moved_of
from seqrec_tool_prepare.row_numbers import ROW
from seqrec_tool_prepare.survey import Survey
from seqrec_tool_prepare.time_ranks import TimeRanks
from seqrec_tool_prepare.time_units import TimeTally
from seqrec_tool_prepare.timestamps import Clock

from seqrec_engine_spark.preparation.part_answers import binary

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame, SparkSession

__all__ = ["SparkBuckets", "counted_by_joins", "held_by", "numbered", "oddities", "without_repeats"]

_BUCKET = "bucket"


def numbered(spark: "SparkSession", events: "DataFrame", survey: Survey) -> "DataFrame":
    """The events with the row numbers of the survey's users and items, and their bucket."""
    frames = {}
    for role, ids in (("user", survey.users), ("item", survey.items)):
        codes = ids.select(pl.col("key").alias(role), pl.int_range(pl.len()).alias("code"))
        more = [buckets_of(survey).cast(pl.Int64).alias(_BUCKET)] if role == "user" else []
        frame = codes.rename({"code": f"{role} code"}).with_columns(*more)
        frames[role] = _frame(spark, frame)
    joined = events.join(frames["user"], "user").join(frames["item"], "item")
    times = ["timestamp"] if "timestamp" in events.columns else []
    return joined.selectExpr(
        _BUCKET, "`user code` AS user", "`item code` AS item", *times, f"`{ROW}`"
    )


def oddities(events: "DataFrame", source: Interactions, clock: Clock) -> Order:
    """What is odd in the order and the times; DataError for times of several units."""
    columns = events.select(_BUCKET, "user", "timestamp", ROW).repartition(_BUCKET)
    columns = columns.sortWithinPartitions("user", "timestamp", ROW)
    tally, total = TimeTally(clock, time.time()), Order()
    for row in columns.mapInArrow(_Oddities(clock, tally.now), "answer binary").collect():
        moved, part = pickle.loads(row[0])
        total += moved
        tally.merge(part)
    tally.check(source.table, source.columns["timestamp"])
    return total + Order(odd_times=tally.oddities(source.table))


def without_repeats(events: "DataFrame") -> "DataFrame":
    """Of events of one user, item and timestamp the first."""
    from pyspark.sql import Window
    from pyspark.sql import functions as f

    window = Window.partitionBy("user", "item", "timestamp").orderBy(ROW)
    return events.withColumn("nth", f.row_number().over(window)).filter("nth = 1").drop("nth")


def counted_by_joins(
    spark: "SparkSession", events: "DataFrame", num_users: int, num_items: int
) -> Callable[[Core], tuple[np.ndarray, np.ndarray]]:
    """Counts events of users (U,) and items (V,) that a core holds, which are joined to them.

    What is held comes from this process, so that the plan of a round does not hold those before.
    Users and items are counted at once, so that a round joins once.
    """

    def counts(core: Core) -> tuple[np.ndarray, np.ndarray]:
        held = held_by(spark, events, core)
        users, items = np.zeros(num_users, int), np.zeros(num_items, int)
        codes = held.selectExpr("stack(2, 'user', user, 'item', item) AS (role, code)")
        rows: Any = pl.from_arrow(codes.groupBy("role", "code").count().toArrow())
        for role, target in (("user", users), ("item", items)):
            part = rows.filter(pl.col("role") == role)
            target[part["code"].to_numpy()] = part["count"].to_numpy()
        return users, items

    return counts


def held_by(spark: "SparkSession", events: "DataFrame", core: Core) -> "DataFrame":
    """The events of the users and items that the core holds."""
    for role, held in (("user", core.users), ("item", core.items)):
        if not held.all():
            codes = _frame(spark, pl.DataFrame({role: np.flatnonzero(held)}))
            events = events.join(codes, role, "left_semi")
    return events


class SparkBuckets:
    """Events of the core, sorted by user, timestamp and row; each bucket is fetched when read."""

    def __init__(self, events: "DataFrame", size: int):
        order = ["user", *(["timestamp"] if "timestamp" in events.columns else []), ROW]
        ranges = events.repartitionByRange(size, _BUCKET)
        self.events = ranges.sortWithinPartitions(*order).drop(ROW).persist()
        self.size = size

    def __len__(self) -> int:
        """How many buckets."""
        return self.size

    def read(self, *columns: str) -> Iterator[pl.DataFrame]:
        """The events, bucket by bucket."""
        names = list(columns) or [name for name in self.events.columns if name != _BUCKET]
        packed = self.events.select(_BUCKET, *names).mapInArrow(_packed, "answer binary")
        for row in packed.toLocalIterator(prefetchPartitions=True):
            frame = pl.read_ipc(io.BytesIO(row[0]))
            yield frame.with_columns(pl.col("^user|item$").cast(pl.UInt32))

    def times(self) -> TimeRanks:
        """Exact times of the events."""
        times = self.events.select("timestamp")

        def each(part: Callable[[np.ndarray], Any]) -> Iterator[Any]:
            for row in times.mapInArrow(_OfTimes(part), "answer binary").collect():
                yield pickle.loads(row[0])

        return TimeRanks(each)


@attrs.frozen
class _Oddities:
    """Of each bucket: which events moved, and the tally of its times."""

    clock: Clock
    now: float

    def __call__(self, batches: "Iterable[pa.RecordBatch]") -> "Iterator[pa.RecordBatch]":
        for frame in _buckets_in(batches):
            tally = TimeTally(self.clock, self.now)
            tally.add(frame["timestamp"].to_numpy(), frame[ROW].to_numpy())
            yield binary((moved_of(frame), tally))


@attrs.frozen
class _OfTimes:
    """Applies a function to the times of each batch."""

    part: Callable[[np.ndarray], Any]

    def __call__(self, batches: "Iterable[pa.RecordBatch]") -> "Iterator[pa.RecordBatch]":
        for batch in batches:
            yield binary(self.part(batch.column(0).to_numpy()))


def _packed(batches: "Iterable[pa.RecordBatch]") -> "Iterator[pa.RecordBatch]":
    """One row a bucket."""
    import pyarrow as pa

    for frame in _buckets_in(batches):
        data = io.BytesIO()
        frame.write_ipc(data, compression="lz4")
        yield pa.RecordBatch.from_arrays([pa.array([data.getvalue()], pa.binary())], ["answer"])


def _buckets_in(batches: "Iterable[pa.RecordBatch]") -> Iterator[pl.DataFrame]:
    """The events of each bucket, which come one bucket after another."""
    held: list[pl.DataFrame] = []
    number = None
    for batch in batches:
        frame: Any = pl.from_arrow(batch)
        for (bucket,), part in frame.group_by(_BUCKET, maintain_order=True):
            if held and bucket != number:
                yield pl.concat(held)
                held = []
            number = bucket
            held.append(part.drop(_BUCKET))
    if held:
        yield pl.concat(held)


def _frame(spark: "SparkSession", frame: pl.DataFrame) -> "DataFrame":
    """A frame of Spark with the rows of one of polars."""
    import pyarrow as pa

    table = frame.to_arrow()
    types = [
        pa.string() if t in (pa.large_string(), pa.string_view()) else t for t in table.schema.types
    ]
    schema = pa.schema(list(zip(table.schema.names, types, strict=True)))
    return spark.createDataFrame(table.cast(schema))
