"""Events on disk in buckets of whole users, so that each step holds one bucket in memory."""

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import attrs
import polars as pl

from seqrec_tool_prepare.id_numbers import IdNumbers
from seqrec_tool_prepare.interactions import Interactions
from seqrec_tool_prepare.survey import Survey

__all__ = ["BUCKET_EVENTS", "Buckets", "BucketsProto", "buckets_of", "scatter"]

BUCKET_EVENTS = 2_000_000  # as many are held in memory at once
_ROW_GROUP = 2**15  # of each bucket that is written to, as many wait in memory


class BucketsProto(Protocol):
    """Events in buckets: each user in one, users ascend; sorted within, once they are in order."""

    def __len__(self) -> int:
        """How many buckets."""

    def read(self, *columns: str) -> Iterator[pl.DataFrame]:
        """The events, bucket by bucket: all columns, or those that are named."""


@attrs.frozen
class Buckets:
    """Parquet files of events; a user is in one file only, users ascend from file to file.

    Columns: user and item (row numbers in the survey's tables) and, if known, timestamp.
    """

    paths: list[Path]

    def __len__(self) -> int:
        """How many buckets."""
        return len(self.paths)

    def read(self, *columns: str) -> Iterator[pl.DataFrame]:
        """The events, bucket by bucket."""
        for path in self.paths:
            yield pl.read_parquet(path, columns=list(columns) or None)


def scatter(source: Interactions, survey: Survey, folder: Path) -> Buckets:
    """Stream the events into buckets of about BUCKET_EVENTS, still in any order within them."""
    users, items = IdNumbers(survey.users["key"]), IdNumbers(survey.items["key"])
    bucket = buckets_of(survey).to_numpy()
    number = pl.col("user").map_batches(
        lambda rows: pl.Series(bucket[rows.to_numpy()]), return_dtype=pl.Int64, is_elementwise=True
    )
    events = (
        survey.events.with_columns(user=users.of("user"), item=items.of("item"))
        .drop_nulls(["user", "item"])
        .with_columns(bucket=number)
    )
    target = pl.PartitionBy(folder, key="bucket", include_key=False)
    source.table.collect(
        events.sink_parquet(
            target, mkdir=True, compression="lz4", row_group_size=_ROW_GROUP, lazy=True
        ),
    )
    folders = sorted(folder.iterdir(), key=lambda path: int(path.name.partition("=")[2]))
    return Buckets(folders)


def buckets_of(survey: Survey) -> pl.Series:
    """The number of the bucket (U,) of each user."""
    counts = survey.users["count"].cast(pl.Int64)
    return (counts.cum_sum() - counts) // BUCKET_EVENTS
