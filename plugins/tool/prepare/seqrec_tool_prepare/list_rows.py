"""Tables with one row a user, whose lists are the history: made into one row an event."""

from collections.abc import Iterable

import attrs
import polars as pl

from seqrec_tool_prepare.row_numbers import PLACE_BITS, ROW
from seqrec_tool_prepare.tables import Table

__all__ = ["empty_lists", "event_rows"]


def event_rows(table: Table, item: str, columns: Iterable[str]) -> Table:
    """A row an event, where the column `item` holds lists; else the table as it is.

    Of `columns`, those that hold lists are of the same length in each row; others have one value
    for all events of the row. An empty list is no event; where a list is null, no event of the row
    has that value, and where all are, the row is one event without any.
    Raises DataError, which names the row, where lengths differ.
    """
    types = table.frame.collect_schema()
    if not isinstance(types[item], pl.List | pl.Array):
        return table
    names = [name for name in dict.fromkeys([item, *columns]) if name in types]
    lists = [name for name in names if isinstance(types[name], pl.List | pl.Array)]
    arrays = [pl.col(name).arr.to_list() for name in lists if isinstance(types[name], pl.Array)]
    frame = table.frame.with_columns(*arrays)
    _check_lengths(attrs.evolve(table, frame=frame), lists)
    frame = _filled(frame, lists)
    place = pl.int_ranges(pl.col(item).list.len(), dtype=pl.Int64).alias("__place__")
    frame = frame.with_columns(place).explode(*lists, "__place__", empty_as_null=False)
    number = pl.col(ROW) * 2**PLACE_BITS + pl.col("__place__").fill_null(0)
    frame = frame.with_columns(number.alias(ROW)).drop("__place__")
    return attrs.evolve(table, frame=frame, place_bits=PLACE_BITS)


def empty_lists(table: Table, item: str) -> int:
    """How many rows have a list of no items."""
    if not isinstance(table.frame.collect_schema()[item], pl.List):
        return 0
    [counts] = table.collect(table.frame.select((pl.col(item).list.len() == 0).sum()))
    return int(counts.item())


def _filled(frame: pl.LazyFrame, lists: list[str]) -> pl.LazyFrame:
    """Null lists beside others become lists of nulls, as long as these."""
    if len(lists) < 2:
        return frame
    nulls = pl.lit(None).repeat_by(pl.max_horizontal(pl.col(*lists).list.len()))
    return frame.with_columns(pl.col(*lists).fill_null(nulls))


def _check_lengths(table: Table, lists: list[str]) -> None:
    if len(lists) < 2:
        return
    lengths = {name: pl.col(name).list.len() for name in lists}
    shortest, longest = pl.min_horizontal(*lengths.values()), pl.max_horizontal(*lengths.values())
    differ = shortest != longest  # null lists aside
    [odd] = table.collect(table.frame.filter(differ).select(ROW, **lengths).head(1))
    for row, *counts in odd.rows():
        shown = ", ".join(
            f"{name!r} has {'no list' if count is None else count}"
            for name, count in zip(lists, counts, strict=True)
        )
        raise table.fault(
            f"lists of one history are of different lengths: {shown}; correct the row", row=row
        )
