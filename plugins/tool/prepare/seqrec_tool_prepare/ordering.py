"""Events in the order of time: ties keep the order of the file, and what was odd is counted."""

import shutil
import time
from collections.abc import Callable

import attrs
import numpy as np
import polars as pl

from seqrec_tool_prepare.buckets import Buckets
from seqrec_tool_prepare.interactions import Interactions
from seqrec_tool_prepare.tables import ROW
from seqrec_tool_prepare.time_units import TimeTally
from seqrec_tool_prepare.timestamps import Clock

__all__ = ["Order", "moved_of", "put_in_order", "refuse_moved"]


@attrs.frozen
class Order:
    """Counts of what was odd in the order of the events.

    `moved` events stood in the file behind an event of the same user that is later, the first of
    them in row `first_moved`; `dropped` events equalled an earlier one in user, item and
    timestamp and were left out; `odd_times` counts dates before 1990 and after tomorrow.
    """

    moved: int = 0
    first_moved: int | None = None
    dropped: int = 0
    odd_times: dict[str, dict[str, object]] = attrs.field(factory=dict)

    def __add__(self, other: "Order") -> "Order":
        rows = [row for row in (self.first_moved, other.first_moved) if row is not None]
        return Order(
            self.moved + other.moved,
            min(rows, default=None),
            self.dropped + other.dropped,
            self.odd_times | other.odd_times,
        )


def put_in_order(
    buckets: Buckets,
    source: Interactions,
    clock: Clock | None = None,
    *,
    trust_file: bool = False,
    drop_repeated: bool = False,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> tuple[Buckets, Order]:
    """Sort every bucket by user, timestamp and row, in place of the unsorted one.

    Without a `clock` the row alone decides. Where `trust_file` is True a timestamp before the
    one above it is a DataError; where `drop_repeated` is True repeated events are left out.
    Numbers that are times of several units are a DataError.
    `progress` is called with the buckets done and those in all.
    """
    total, paths = Order(), []
    tally = None if clock is None else TimeTally(clock, time.time())
    for number, path in enumerate(buckets.paths):
        frame = pl.read_parquet(path)
        shutil.rmtree(path)
        frame = frame.sort("user", *["timestamp"] * (clock is not None), ROW)
        if tally is not None:
            tally.add(frame["timestamp"].to_numpy(), frame[ROW].to_numpy())
            total += moved_of(frame)
            if drop_repeated:
                size = len(frame)
                frame = frame.unique(
                    ["user", "item", "timestamp"], keep="first", maintain_order=True
                )
                total += Order(dropped=size - len(frame))
        if trust_file:
            refuse_moved(total, source)
        paths.append(path.with_suffix(".parquet"))
        frame.drop(ROW).write_parquet(paths[-1], compression="lz4")
        progress(number + 1, len(buckets.paths))
    if tally is not None:
        tally.check(source.table, source.columns["timestamp"])
        total += Order(odd_times=tally.oddities(source.table))
    return Buckets(paths), total


def refuse_moved(order: Order, source: Interactions) -> None:
    """DataError, which names the first, where events moved."""
    if order.first_moved is not None:
        remedy = "sort the file, or leave --order file out to have it sorted"
        raise source.fault(
            "timestamp", order.first_moved, "is before a line above it of this user", remedy
        )


def moved_of(frame: pl.DataFrame) -> Order:
    """The events of a bucket in the order of time that moved to their place.

    An event moved if a later one of its user has a smaller row. Users ascend, so that the running
    minimum from the end of user and row never looks behind the user's own events.
    """
    user, row = frame["user"].to_numpy(), frame[ROW].to_numpy()
    rank = np.empty(len(row), np.int64)  # a row itself may take all 63 bits
    rank[np.argsort(row)] = np.arange(len(row))
    place = (user.astype(np.int64) << 32) + rank
    moved = np.minimum.accumulate(place[::-1])[::-1][1:] < place[:-1]
    first = int(row[:-1][moved].min()) if moved.any() else None
    return Order(int(moved.sum()), first)
