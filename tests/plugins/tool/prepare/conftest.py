"""Logs of events on disk, and the steps that come before the one under test."""

import polars as pl
import pytest
from seqrec_tool_prepare.buckets import Buckets
from seqrec_tool_prepare.interactions import interactions
from seqrec_tool_prepare.tables import ROW, open_table


@pytest.fixture
def write_log():
    """Writes events (user, item, timestamp) as a CSV file of a folder."""

    def write(folder, events):
        frame = pl.DataFrame(events, schema=["user", "item", "timestamp"], orient="row")
        frame.write_csv(folder / "log.csv")
        return folder / "log.csv"

    return write


@pytest.fixture
def opened(write_log):
    """The interactions of a CSV file of events (user, item, timestamp)."""
    return lambda folder, events: interactions(open_table(write_log(folder, events)), {})


@pytest.fixture
def unsorted_buckets():
    """Buckets as they are before they are put in order, of events (user, item, timestamp)."""

    def write(folder, events):
        frame = pl.DataFrame(
            [(*event, row) for row, event in enumerate(events)],
            schema={"user": pl.UInt32, "item": pl.UInt32, "timestamp": pl.Int64, ROW: pl.Int64},
            orient="row",
        )
        paths = []
        for number, (_, users) in enumerate(
            frame.sort("user").group_by("user", maintain_order=True)
        ):
            paths.append(folder / f"bucket={number}")
            paths[-1].mkdir()
            users.sample(fraction=1, shuffle=True, seed=number).write_parquet(
                paths[-1] / "0.parquet"
            )
        return Buckets(paths)

    return write


@pytest.fixture
def sorted_buckets():
    """Buckets in order, a user each, of events (user, item, timestamp) in order."""

    def write(folder, events):
        schema = {"user": pl.UInt32, "item": pl.UInt32, "timestamp": pl.Int64}
        frame = pl.DataFrame(events, schema=schema, orient="row")
        paths = []
        for number, (_, users) in enumerate(
            frame.sort("user", maintain_order=True).group_by("user", maintain_order=True)
        ):
            paths.append(folder / f"bucket={number}.parquet")
            users.write_parquet(paths[-1])
        return Buckets(paths)

    return write
