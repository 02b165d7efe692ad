"""Users, items and faults of the events, counted by Spark: the survey of a preparation."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import attrs
import polars as pl
from seqrec_tool_prepare.row_numbers import ROW
from seqrec_tool_prepare.survey import SurveyPlan
from seqrec_tool_prepare.timestamps import Clock

from seqrec_core.errors import DataError
from seqrec_engine_spark.preparation.event_files import SparkRows
from seqrec_engine_spark.preparation.file_parts import ParquetParts, TextParts
from seqrec_engine_spark.preparation.part_answers import answers_of

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame

__all__ = ["ID_COUNT", "counts_of", "events_of", "summary_of"]

ID_COUNT = "count"
_SUMMED = ("read", "kept")
_TYPES = {pl.Int64(): "bigint", pl.Float64(): "double", pl.String(): "string"}


def summary_of(plan: SurveyPlan, rows: SparkRows) -> dict[str, int]:
    """One row: how many events there are, and the first row of each fault."""
    answers = answers_of(_source(plan, rows), rows.parts, _Summary(_portable(plan)))
    total: dict[str, Any] = {}
    for answer in answers:
        for name, value in answer.items():
            old = total.get(name)
            if old is None or value is None:
                total[name] = value if old is None else old
            else:
                is_sum = name in _SUMMED or name.startswith("lost ")
                total[name] = old + value if is_sum else min(old, value)
    if not total:  # no part has a row
        total = _Summary(_portable(plan))(plan.source.table.files[0].frame.collect())
    return total


def events_of(plan: SurveyPlan, rows: SparkRows, first: dict[str, int]) -> "DataFrame":
    """The kept events with exact times: ROW, user, item and, if known, timestamp."""
    usable = [c for n, c in enumerate(plan.clocks) if first[f"clock {n}"] is None]
    portable = _portable(plan)
    clock = usable[0] if usable else None
    empty = _on(portable, plan.source.table.files[0].frame.collect()).events(clock)
    types = empty.collect_schema()
    schema = ", ".join(f"`{name}` {_TYPES[dtype]}" for name, dtype in types.items())
    return _source(plan, rows).mapInArrow(_Events(portable, clock, rows.parts), schema)


def counts_of(events: "DataFrame", role: str) -> pl.DataFrame:
    """The ids of a role: key and count."""
    rows = events.groupBy(events[role].alias("key")).count().toArrow()
    counts = pl.DataFrame(pl.from_arrow(rows))
    return counts.select("key", "count")


@attrs.frozen
class _Summary:
    plan: SurveyPlan

    def __call__(self, frame: pl.DataFrame) -> dict[str, int]:
        return _on(self.plan, frame).summary().collect().row(0, named=True)


@attrs.frozen
class _Events:
    """The function of `mapInArrow` that gives the kept events."""

    plan: SurveyPlan
    clock: Clock | None
    parts: TextParts | ParquetParts

    def __call__(self, batches: "Iterable[pa.RecordBatch]") -> "Iterator[pa.RecordBatch]":
        import pyarrow as pa

        for frame in self.parts.frames(batches):
            events = _on(self.plan, frame).events(self.clock).collect().to_arrow()
            names = events.schema.names
            types = [
                pa.string() if pa.types.is_large_string(t) or t == pa.string_view() else t
                for t in events.schema.types
            ]
            target = pa.schema(list(zip(names, types, strict=True)))
            yield from events.cast(target).to_batches(max_chunksize=100_000)


def _source(plan: SurveyPlan, rows: SparkRows) -> "DataFrame":
    if plan.source.table.place_bits:
        raise DataError(
            f"{plan.source.table.name}: column {plan.source.columns['item']!r} holds lists of "
            "items, which the Spark engine does not read; write a row an event, or leave --engine "
            "out"
        )
    return rows.asked(sorted(set(plan.source.columns.values())))


def _portable(plan: SurveyPlan) -> SurveyPlan:
    """The plan without what is of this process: it pickles."""
    return _on(plan, plan.source.table.files[0].frame.collect())


def _on(plan: SurveyPlan, frame: pl.DataFrame) -> SurveyPlan:
    """The plan for other rows of the same columns."""
    frame = frame if ROW in frame.columns else frame.with_columns(pl.lit(0, pl.Int64).alias(ROW))
    table = attrs.evolve(plan.source.table, frame=frame.lazy(), scratch=None)
    return attrs.evolve(plan, source=attrs.evolve(plan.source, table=table))
