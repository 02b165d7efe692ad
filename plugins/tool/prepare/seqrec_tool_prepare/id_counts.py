"""How often each id occurs, in memory that follows the ids and not the events."""

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

__all__ = ["id_counts"]

EVENTS = 2**24  # are counted at once: until the end polars holds a row for nearly every one
_ROW_GROUP = 2**15  # of each part that is written to, as many wait in memory

Collect = Callable[..., list[pl.DataFrame]]


def id_counts(
    ids: pl.LazyFrame, events: int, collect: Collect, scratch: Path | None = None
) -> pl.DataFrame:
    """The distinct values of the column `key`, and the `count` (Int64) of each, in any order.

    More than EVENTS `events` are first spread over files below `scratch` by a hash of their id.
    `collect` runs streaming queries.
    """
    parts = -(-events // EVENTS)
    if parts <= 1:
        return collect(_counts(ids))[0]
    with TemporaryDirectory(dir=scratch, prefix="ids-") as folder:
        spread = ids.with_columns(part=pl.col("key").hash() % parts)
        target = pl.PartitionBy(folder, key="part", include_key=False)
        collect(
            spread.sink_parquet(
                target, mkdir=True, compression="lz4", row_group_size=_ROW_GROUP, lazy=True
            )
        )
        places = sorted(Path(folder).iterdir())
        return pl.concat(
            [collect(_counts(pl.scan_parquet(place, glob=True)))[0] for place in places]
        )


def _counts(ids: pl.LazyFrame) -> pl.LazyFrame:
    return ids.group_by("key").agg(count=pl.len().cast(pl.Int64))
