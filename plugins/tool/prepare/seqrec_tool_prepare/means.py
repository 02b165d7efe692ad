"""What a preparation reads, counts and sorts events by: this machine, or an engine.

The rest is the same for all: columns and options, the catalogue, the splits and the report.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

import polars as pl

from seqrec_tool_prepare.buckets import BucketsProto, scatter
from seqrec_tool_prepare.input_paths import input_paths
from seqrec_tool_prepare.interactions import Interactions
from seqrec_tool_prepare.kcore import Core, core_times, nonempty_core
from seqrec_tool_prepare.ordering import Order, put_in_order
from seqrec_tool_prepare.survey import Survey, SurveyPlan, counted_here
from seqrec_tool_prepare.tables import Table, open_table
from seqrec_tool_prepare.time_ranks import TimeRanks

__all__ = ["MeansProto", "OneMachine"]

_Paths = Sequence[str | Path]


class MeansProto(Protocol):
    """The steps that see every event; called in this order, once a preparation."""

    def paths(self, named: _Paths) -> _Paths:
        """The files of what was named; DataError where there is none."""

    def open(
        self,
        files: _Paths,
        format: str | None,
        *,
        columns: Sequence[str] | None,
        separator: str | None,
        scratch: Path,
    ) -> Table:
        """The rows of the files; DataError for what is no table."""

    def counted(self, plan: SurveyPlan) -> tuple[dict[str, int], pl.DataFrame, pl.DataFrame]:
        """What the summary of the plan says, and its users and items: key and count."""

    def in_order(
        self,
        events: Interactions,
        survey: Survey,
        folder: Path,
        *,
        trust_file: bool,
        drop_repeated: bool,
        progress: Callable[[int, int], None],
    ) -> tuple[BucketsProto, Order]:
        """The surveyed events as row numbers of its users and items, and what was odd in them.

        By user, timestamp and row; `folder` is free for them. `trust_file` and `drop_repeated` as
        in `put_in_order`.
        """

    def core(
        self,
        events: Interactions,
        survey: Survey,
        buckets: BucketsProto,
        min_user_count: int,
        min_item_count: int,
    ) -> tuple[Core, BucketsProto]:
        """Their k-core, and the buckets with its events at least; DataError where it is empty."""

    def times(self, buckets: BucketsProto, core: Core) -> TimeRanks:
        """Exact times of the core's events."""


class OneMachine:
    """Streams through the files, and through buckets of whole users on disk."""

    def paths(self, named: _Paths) -> _Paths:
        """See MeansProto."""
        return input_paths(named)

    def open(
        self,
        files: _Paths,
        format: str | None,
        *,
        columns: Sequence[str] | None,
        separator: str | None,
        scratch: Path,
    ) -> Table:
        """See MeansProto."""
        table = open_table(files, format, columns=columns, separator=separator, scratch=scratch)
        if not table.is_text:  # lines are counted where polars fails
            table.refuse_many()
        return table

    def counted(self, plan: SurveyPlan) -> tuple[dict[str, int], pl.DataFrame, pl.DataFrame]:
        """See MeansProto."""
        return counted_here(plan)

    def in_order(
        self,
        events: Interactions,
        survey: Survey,
        folder: Path,
        *,
        trust_file: bool,
        drop_repeated: bool,
        progress: Callable[[int, int], None],
    ) -> tuple[BucketsProto, Order]:
        """See MeansProto."""
        return put_in_order(
            scatter(events, survey, folder),
            events,
            survey.clock,
            trust_file=trust_file,
            drop_repeated=drop_repeated,
            progress=progress,
        )

    def core(
        self,
        events: Interactions,
        survey: Survey,
        buckets: BucketsProto,
        min_user_count: int,
        min_item_count: int,
    ) -> tuple[Core, BucketsProto]:
        """See MeansProto."""
        return nonempty_core(events, survey, buckets, min_user_count, min_item_count), buckets

    def times(self, buckets: BucketsProto, core: Core) -> TimeRanks:
        """See MeansProto."""
        return core_times(buckets, core)
