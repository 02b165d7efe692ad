"""The files of a data folder: the splits bucket by bucket, then what describes them."""

import json
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from seqrec_core.data_folder import SPLITS
from seqrec_tool_prepare.buckets import BucketsProto
from seqrec_tool_prepare.catalogue import Catalogue
from seqrec_tool_prepare.defaults import facts, spec_defaults
from seqrec_tool_prepare.held_events import HeldEvents
from seqrec_tool_prepare.histories import Histories
from seqrec_tool_prepare.kept_features import KeptFeatures
from seqrec_tool_prepare.preparation_report import Report
from seqrec_tool_prepare.row_groups import RowGroups, rows_for_streaming
from seqrec_tool_prepare.split_tally import Tally
from seqrec_tool_prepare.splits import cut
from seqrec_tool_prepare.timestamps import Clock

__all__ = ["write_catalogue", "write_splits"]


def write_splits(
    folder: Path,
    buckets: BucketsProto,
    catalogue: Catalogue,
    clock: Clock | None,
    begins: list[float] | None,
    kept: KeptFeatures | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Tally:
    """Write a parquet file a split and count what is in them.

    `begins` are the exact times at which validation and test begin, None to leave one out; `kept`
    is what is written beside the ids and the features of items;
    `progress` is called with the buckets done and those in all.
    """
    kept = kept or KeptFeatures()
    tally = Tally(len(catalogue.items))
    rows = rows_for_streaming(len(catalogue.users), catalogue.core.events)
    with ExitStack() as stack:
        files = {
            name: stack.enter_context(RowGroups(folder / f"{name}.parquet", rows))
            for name in SPLITS
        }
        for number, frame in enumerate(buckets.read()):
            events = HeldEvents.of(frame, catalogue, clock)
            a, b = cut(events.lengths, events.times, begins)
            tables = _histories(events, catalogue, kept).split(a, b)
            tally.add(events.lengths, events.items, events.times, a, b, tables)
            for name, table in tables.items():
                files[name].append(table)
            progress(number + 1, len(buckets))
    return tally


def write_catalogue(
    folder: Path,
    catalogue: Catalogue,
    train_counts: np.ndarray,
    report: Report,
    kept: KeptFeatures | None = None,
) -> None:
    """Write the tables of users and items and the documents that describe the data.

    `train_counts` (V,) counts the training events of each item.
    """
    kept = kept or KeptFeatures()
    users = catalogue.users_table(kept.user_values())
    tables = {"items": catalogue.items_table(train_counts), "users": users}
    for name, table in tables.items():
        pq.write_table(table, folder / f"{name}.parquet", compression="zstd")
    schema = {"features": [*catalogue.schema()["features"], *kept.schema()]}
    documents = {
        "schema": schema,
        "features": catalogue.encodings() | kept.encodings(),
        "report": report,
        "defaults": spec_defaults(report) | {"facts": facts(report, schema)},
    }
    for name, content in documents.items():
        text = json.dumps(content, indent=2, ensure_ascii=False)
        (folder / f"{name}.json").write_text(text + "\n", encoding="utf-8")


def _histories(events: HeldEvents, catalogue: Catalogue, kept: KeptFeatures) -> Histories:
    """The events of a bucket with all that is kept of them."""
    return Histories(
        events.users,
        events.lengths,
        events.items,
        events.stored,
        catalogue.feature_values(),
        kept.events.values(events),
        kept.user_values(),
        kept.request_time,
    )
