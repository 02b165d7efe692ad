"""The files of a data folder: the splits bucket by bucket, then what describes them."""

import json
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow.parquet as pq

from seqrec_core.data_folder import SPLITS
from seqrec_tool_prepare.buckets import Buckets
from seqrec_tool_prepare.catalogue import Catalogue
from seqrec_tool_prepare.defaults import spec_defaults
from seqrec_tool_prepare.histories import Histories
from seqrec_tool_prepare.preparation_report import Report
from seqrec_tool_prepare.row_groups import RowGroups, rows_for_streaming
from seqrec_tool_prepare.split_tally import Tally
from seqrec_tool_prepare.splits import cut
from seqrec_tool_prepare.timestamps import Clock

__all__ = ["write_catalogue", "write_splits"]


def write_splits(
    folder: Path,
    buckets: Buckets,
    catalogue: Catalogue,
    clock: Clock | None,
    begins: list[float] | None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Tally:
    """Write a parquet file a split and count what is in them.

    `begins` are the exact times at which validation and test begin, None to leave one out;
    `progress` is called with the buckets done and those in all.
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
            a, b = cut(histories.lengths, times, begins)
            tables = histories.split(a, b)
            tally.add(histories.lengths, histories.items, times, a, b, tables)
            for name, table in tables.items():
                files[name].append(table)
            progress(number + 1, len(buckets.paths))
    return tally


def write_catalogue(
    folder: Path, catalogue: Catalogue, train_counts: np.ndarray, report: Report
) -> None:
    """Write the tables of users and items and the documents that describe the data.

    `train_counts` (V,) counts the training events of each item.
    """
    tables = {"items": catalogue.items_table(train_counts), "users": catalogue.users_table()}
    for name, table in tables.items():
        pq.write_table(table, folder / f"{name}.parquet", compression="zstd")
    documents = {
        "schema": catalogue.schema(),
        "features": catalogue.encodings(),
        "report": report,
        "defaults": spec_defaults(report),
    }
    for name, content in documents.items():
        text = json.dumps(content, indent=2, ensure_ascii=False)
        (folder / f"{name}.json").write_text(text + "\n", encoding="utf-8")


def _histories(
    frame: pl.DataFrame, catalogue: Catalogue, clock: Clock | None
) -> tuple[Histories, np.ndarray | None]:
    """The events of a bucket that the core holds, and their exact times (E,)."""
    columns = {name: frame[name].to_numpy() for name in frame.columns}
    held = catalogue.core.holds(columns["user"], columns["item"])
    users, items = catalogue.ids(columns["user"][held], columns["item"][held])
    query_ids, lengths = np.unique(users, return_counts=True)
    times = columns["timestamp"][held] if clock else None
    stored = clock.stored(times) if clock and times is not None else None
    return Histories(query_ids, lengths, items, stored, catalogue.feature_values()), times
