"""From a file of interactions to a data folder.

Streaming passes over the file check it, count ids and spread the events, as numbers, over
buckets of whole users on disk; then bucket by bucket: sort, filter, split, write.
Held in memory are the ids of users and items, their counts and one bucket; for quantiles of the
time also eight bytes an event.
"""

import json
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import attrs
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from seqrec_core.errors import DataError
from seqrec_tool_prepare.buckets import Buckets, scatter
from seqrec_tool_prepare.catalogue import Catalogue
from seqrec_tool_prepare.defaults import spec_defaults
from seqrec_tool_prepare.histories import SPLITS
from seqrec_tool_prepare.interactions import Interactions, Survey, interactions, survey
from seqrec_tool_prepare.item_features import ItemTable, read_item_features
from seqrec_tool_prepare.kcore import k_core
from seqrec_tool_prepare.ordering import put_in_order
from seqrec_tool_prepare.report import Report, make_report
from seqrec_tool_prepare.settings import Settings
from seqrec_tool_prepare.splits import cut_at, leave_one_out, moments
from seqrec_tool_prepare.tables import open_table
from seqrec_tool_prepare.writing import write_splits

__all__ = ["prepare"]

_LAST = "schema.json"

Progress = Callable[[str, int, int], None]


def prepare(
    source: str | Path,
    out: str | Path,
    settings: Settings | None = None,
    *,
    progress: Progress = lambda stage, done, total: None,
) -> Report:
    """Write the data folder `out` and return its report; earlier contents of it are replaced.

    `progress` is called with a stage, its steps done and its steps in all. Raises DataError,
    which names file, column and row, for input that cannot be used; `out` is then as it was.
    """
    settings = settings or Settings()
    events = _open(source, settings)
    out = Path(out)
    _keep_inputs(out, source, settings.items or source)
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(f"{out}: cannot be made a folder: {error}; choose another --out") from error
    with TemporaryDirectory(dir=out, prefix=".prepare-") as name:
        folder = Path(name)
        progress("counting users and items", 0, 1)
        found = survey(events, min_rating=settings.min_rating, time_format=settings.time_format)
        progress("encoding their ids", 0, 1)
        buckets = scatter(events, found, folder / "buckets", settings.bucket_events)
        steps = len(buckets.paths)
        buckets, order = put_in_order(
            buckets,
            events,
            trust_file=settings.order == "file",
            drop_repeated=settings.drop_repeated,
            progress=lambda done: progress("sorting", done, steps),
        )
        progress("filtering", 0, 1)
        catalogue = _catalogue(events, found, buckets, settings)
        begins = _begins(buckets, catalogue, found, settings)
        cut = partial(_cut, begins)
        tally = write_splits(
            folder, buckets, catalogue, found.clock, cut, lambda n: progress("writing", n, steps)
        )
        report = make_report(events, settings, found, order, catalogue, begins, tally)
        _write_catalogue(folder, catalogue, tally.train_counts, report)
        _publish(folder, out)
    return report


def _keep_inputs(out: Path, *inputs: str | Path) -> None:
    """DataError where the output would replace what is read."""
    replaced = {(out / f"{name}.parquet").resolve() for name in ("items", "users", *SPLITS)}
    for path in map(Path, inputs):
        if path.resolve() in replaced | {out.resolve()}:
            raise DataError(f"{path}: would be replaced by the output; choose another --out")


def _publish(folder: Path, out: Path) -> None:
    """Move the files of a finished preparation; a folder without schema.json is not finished."""
    (out / _LAST).unlink(missing_ok=True)
    files = (path for path in folder.iterdir() if path.is_file())
    for path in sorted(files, key=lambda path: (path.name == _LAST, path.name)):
        os.replace(path, out / path.name)


def _open(source: str | Path, settings: Settings) -> Interactions:
    events = interactions(
        open_table(source, settings.format),
        user=settings.user,
        item=settings.item,
        timestamp=settings.timestamp,
        rating=settings.rating,
    )
    _refuse_idle(settings)
    needs_time = {
        "--time-format": settings.time_format is not None,
        "--split global-time": settings.split == "global-time",
        "--order file": settings.order == "file",
        "--drop-repeated": settings.drop_repeated,
    }
    for option in (option for option, given in needs_time.items() if given):
        if "timestamp" not in events.columns:
            raise events.table.fault(
                f"{option} needs a timestamp, and no column of {events.table.columns} is named "
                "like one; name it with --timestamp"
            )
    return events


def _refuse_idle(settings: Settings) -> None:
    """DataError for an option that does nothing without another one."""
    default = Settings()
    needed = {
        "--split global-time": ("validate_from", "test_from") * (settings.split != "global-time"),
        "--min-rating": ("rating",) * (settings.min_rating is None),
        "--items": ("items_id", "item_features", "list_separator") * (not settings.items),
        "--item-features column:type,…": ("items",) * (not settings.item_features),
    }
    for needs, names in needed.items():
        for name in names:
            if getattr(settings, name) not in (getattr(default, name), str(getattr(default, name))):
                option = "--" + name.replace("_", "-")
                raise DataError(f"{option} does nothing without {needs}; add it, or leave it out")


def _catalogue(
    events: Interactions, found: Survey, buckets: Buckets, settings: Settings
) -> Catalogue:
    fewest = settings.min_user_count, settings.min_item_count
    core = k_core(buckets, len(found.users), len(found.items), *fewest)
    if not core.events:
        raise events.table.fault(
            f"no user of {fewest[0]} or more events is left with items of {fewest[1]} or more; "
            "lower --min-user-count or --min-item-count"
        )
    catalogue = Catalogue.of(found, core)
    return attrs.evolve(catalogue, features=_features(events, catalogue, settings))


def _features(events: Interactions, catalogue: Catalogue, settings: Settings) -> ItemTable | None:
    if not settings.items:
        return None
    table = open_table(settings.items)
    same = events.columns["item"]
    return read_item_features(
        table,
        catalogue.items,
        settings.item_features,
        item=settings.items_id or (same if same in table.columns else None),
        separator=settings.list_separator,
    )


def _begins(
    buckets: Buckets, catalogue: Catalogue, found: Survey, settings: Settings
) -> list[float] | None:
    """The exact times at which validation and test begin, None to leave one out."""
    if settings.split == "leave-one-out" or found.clock is None:
        return None
    times = np.concatenate(
        [
            frame["timestamp"].to_numpy()[
                catalogue.core.holds(frame["user"].to_numpy(), frame["item"].to_numpy())
            ]
            for frame in buckets.read("user", "item", "timestamp")
        ]
    )
    return moments(times, found.clock, settings.validate_from, settings.test_from)


def _cut(
    begins: list[float] | None, lengths: np.ndarray, times: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray]:
    if begins is None or times is None:
        return leave_one_out(lengths)
    return cut_at(lengths, times, *begins)


def _write_catalogue(
    folder: Path, catalogue: Catalogue, train_counts: np.ndarray, report: Report
) -> None:
    tables: dict[str, pa.Table] = {
        "items": catalogue.items_table(train_counts),
        "users": catalogue.users_table(),
    }
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
