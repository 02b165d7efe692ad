"""The split files, written bucket by bucket."""

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import polars as pl

from seqrec_tool_prepare.buckets import Buckets
from seqrec_tool_prepare.catalogue import Catalogue
from seqrec_tool_prepare.histories import SPLITS, Histories
from seqrec_tool_prepare.row_groups import RowGroups, rows_for_streaming
from seqrec_tool_prepare.tally import Tally
from seqrec_tool_prepare.timestamps import Clock

__all__ = ["Cut", "write_splits"]

Cut = Callable[[np.ndarray, np.ndarray | None], tuple[np.ndarray, np.ndarray]]


def write_splits(
    folder: Path,
    buckets: Buckets,
    catalogue: Catalogue,
    clock: Clock | None,
    cut: Cut,
    progress: Callable[[int], None],
) -> Tally:
    """Write a parquet file a split and count what is in them.

    `cut` takes the lengths (U,) of histories and the exact times (E,) of their events and says
    where each is cut.
    """
    tally = Tally(len(catalogue.items))
    rows = rows_for_streaming(len(catalogue.users), catalogue.core.events)
    with ExitStack() as stack:
        files = {
            name: stack.enter_context(RowGroups(folder / f"{name}.parquet", rows))
            for name in SPLITS
        }
        for number, frame in enumerate(buckets.read()):
            histories, times = _histories(frame, catalogue, clock)
            a, b = cut(histories.lengths, times)
            tables = histories.split(a, b)
            tally.add(histories.lengths, times, a, b, tables)
            for name, table in tables.items():
                files[name].append(table)
            progress(number + 1)
    return tally


def _histories(
    frame: pl.DataFrame, catalogue: Catalogue, clock: Clock | None
) -> tuple[Histories, np.ndarray | None]:
    """The kept events of a bucket, and their exact times (E,)."""
    columns = {name: frame[name].to_numpy() for name in frame.columns}
    held = catalogue.core.holds(columns["user"], columns["item"])
    users, items = catalogue.ids(columns["user"][held], columns["item"][held])
    query_ids, lengths = np.unique(users, return_counts=True)
    times = columns["timestamp"][held] if clock else None
    stored = clock.stored(times) if clock and times is not None else None
    return Histories(query_ids, lengths, items, stored, catalogue.feature_values()), times
