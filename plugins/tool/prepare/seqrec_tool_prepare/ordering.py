"""Events in the order of time: ties keep the order of the file, and what was odd is counted."""

import shutil
from collections.abc import Callable

import attrs
import numpy as np
import polars as pl

from seqrec_tool_prepare.buckets import Buckets
from seqrec_tool_prepare.interactions import Interactions
from seqrec_tool_prepare.tables import ROW

__all__ = ["Order", "put_in_order"]


@attrs.frozen
class Order:
    """Counts of what was odd in the order of the events.

    `tied` events share user and timestamp with another one; `moved` events stood in the file
    behind an event of the same user that is later, the first of them in row `first_moved`;
    `repeated` events equal an earlier one in user, item and timestamp.
    """

    tied: int = 0
    moved: int = 0
    first_moved: int | None = None
    repeated: int = 0

    def __add__(self, other: "Order") -> "Order":
        rows = [row for row in (self.first_moved, other.first_moved) if row is not None]
        return Order(
            self.tied + other.tied,
            self.moved + other.moved,
            min(rows, default=None),
            self.repeated + other.repeated,
        )


def put_in_order(
    buckets: Buckets,
    source: Interactions,
    *,
    trust_file: bool = False,
    drop_repeated: bool = False,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> tuple[Buckets, Order]:
    """Sort every bucket by user, timestamp and row, in place of the unsorted one.

    Without timestamps the row alone decides. Where `trust_file` is True a timestamp before the
    one above it is a DataError; where `drop_repeated` is True repeated events are left out.
    `progress` is called with the buckets done and those in all.
    """
    timed = "timestamp" in source.columns
    total, paths = Order(), []
    for number, path in enumerate(buckets.paths):
        frame = pl.read_parquet(path)
        shutil.rmtree(path)
        frame = frame.sort("user", *["timestamp"] * timed, ROW)
        if timed:
            order, repeated = _oddities(frame)
            total += order
            if drop_repeated:
                frame = frame.filter(~repeated)
        if trust_file and total.first_moved is not None:
            remedy = "sort the file, or leave --order file out to have it sorted"
            raise source.fault(
                "timestamp", total.first_moved, "is before a line above it of this user", remedy
            )
        paths.append(path.with_suffix(".parquet"))
        frame.drop(ROW).write_parquet(paths[-1], compression="lz4")
        progress(number + 1, len(buckets.paths))
    return Buckets(paths), total


def _oddities(frame: pl.DataFrame) -> tuple[Order, np.ndarray]:
    """What is odd in events in the order of time, and which of them (E,) repeat an earlier one."""
    user, time, row = (frame[name].to_numpy() for name in ("user", "timestamp", ROW))
    tie = (user[1:] == user[:-1]) & (time[1:] == time[:-1])
    tied = np.append(tie, False) | np.insert(tie, 0, False)
    repeated = np.zeros(len(frame), bool)
    event = pl.struct("user", "item", "timestamp")
    repeated[tied] = frame.filter(tied).select(~event.is_first_distinct()).to_series().to_numpy()
    # An event moved if a later one of its user has a smaller row. Users ascend, so that the
    # running minimum from the end of user and row never looks behind the user's own events.
    place = (user.astype(np.int64) << 32) + row
    moved = np.minimum.accumulate(place[::-1])[::-1][1:] < place[:-1]
    first = int(row[:-1][moved].min()) if moved.any() else None
    return Order(int(tied.sum()), int(moved.sum()), first, int(repeated.sum())), repeated
