"""One pass over the rows of a split: their faults, and what is compared between splits."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from seqrec_library_data_checks.event_times import request_findings, time_findings
from seqrec_library_data_checks.expectation import Expectation
from seqrec_library_data_checks.finding import NOTICE, Finding, told_once
from seqrec_library_data_checks.footers import Footer
from seqrec_library_data_checks.nested_values import NestedValues
from seqrec_library_data_checks.row_checks import array_of, checks_of
from seqrec_library_data_checks.target_checks import Targets
from seqrec_library_data_checks.type_checks import type_faults

Numbers = NDArray[np.int64]
_ROWS = 16_384  # of a batch that is held


class SplitRows:
    """The rows of a file of a split; once `findings` are taken, what they are compared by is there.

    `queries`, `events` and `last_times` are a number for each row: whose it is, how many events
    it has, and when the last one was (0 where no time is known).
    """

    def __init__(
        self,
        footer: Footer,
        file: str,
        columns: Mapping[str, Expectation],
        item: str,
        query: str,
        is_filtered: bool,
    ):
        self.footer, self.file, self.columns = footer, file, columns
        self.item, self.query = item, query
        times = [it.name for it in columns.values() if it.is_time] or ["timestamp"]
        self.time = times[0]
        self.request = next((it.name for it in columns.values() if it.is_request), "")
        self.targets = Targets(file, columns[item], is_filtered)
        self._parts: dict[str, list[Numbers]] = {"query": [], "events": [], "times": [], "rows": []}

    def findings(self) -> list[Finding]:
        """What is wrong with the rows, each kind once."""
        return told_once(self._findings())

    def column(self, name: str) -> Numbers:
        """A number for each row: of "query", "events", "times" or "rows" (digests)."""
        parts = self._parts[name]
        return np.concatenate(parts) if parts else np.empty(0, np.int64)

    def _findings(self) -> Iterator[Finding]:
        yield from type_faults(self.file, self.footer.fields, self.columns)
        yield from self._groups_without_rows()
        names = [*self.columns, self.time]
        there = [n for n in dict.fromkeys(names) if n in self.footer.fields.names]
        first_row = 0
        try:
            with pq.ParquetFile(self.footer.path, metadata=self.footer.metadata) as reader:
                for batch in reader.iter_batches(_ROWS, columns=there):
                    yield from self._of_batch(pa.Table.from_batches([batch]), first_row)
                    first_row += batch.num_rows
        except (OSError, pa.ArrowException) as cause:
            yield Finding(
                file=self.file,
                row=first_row,
                message=f"cannot be read from here on: {' '.join(str(cause).split())}",
                remedy="write the file again",
            )
        yield from self.targets.findings()
        yield from self._doubles("query", self.query, "stands in an earlier row, too",
                                 "write one row for each user")  # fmt: skip

    def _of_batch(self, table: pa.Table, first_row: int) -> Iterator[Finding]:
        checks = list(checks_of(table, self.columns, self.item, self.file, first_row))
        for check in checks:
            yield from check.faults()
            yield from check.not_finite()
            yield from check.oddities()
        here = {check.expectation.name: check.values for check in checks}
        self.targets.add(here, first_row)
        lists = here.get(self.item)
        times = self._times(table)
        if times is not None:
            yield from time_findings(times, self.file, self.time, first_row)
        if self.query in here:
            self._parts["query"].append(here[self.query].numbers.astype(np.int64))
        if lists is not None:
            self._parts["events"].append(lists.lengths())
            self._parts["rows"].append(_digests(lists, times))
            self._parts["times"].append(_last(times, table.num_rows))
        if times is not None and self.request in here:
            last = _last(times, table.num_rows)
            asked = here[self.request]
            yield from request_findings(asked, last, self.file, self.request, first_row)

    def _times(self, table: pa.Table) -> NestedValues | None:
        """The times of the events of some rows, where the file has any that are numbers."""
        if self.time not in table.column_names:
            return None
        type_ = table.schema.field(self.time).type
        if not isinstance(type_, pa.ListType | pa.LargeListType):
            return None
        is_number = pa.types.is_integer(type_.value_type) or pa.types.is_floating(type_.value_type)
        return NestedValues(array_of(table, self.time)) if is_number else None

    def _groups_without_rows(self) -> Iterator[Finding]:
        metadata = self.footer.metadata
        empty = [n for n in range(metadata.num_row_groups) if not metadata.row_group(n).num_rows]
        if empty and metadata.num_rows:
            yield Finding(
                severity=NOTICE, file=self.file, count=len(empty),
                message=f"{len(empty)} row groups have no rows, the first is {empty[0]}",
                remedy="write the file again, unless that is meant",
            )  # fmt: skip

    def _doubles(self, name: str, column: str, said: str, remedy: str) -> Iterator[Finding]:
        numbers = self.column(name)
        _, first = np.unique(numbers, return_index=True)
        if len(first) < len(numbers):
            is_first = np.zeros(len(numbers), bool)
            is_first[first] = True
            rows = np.flatnonzero(~is_first)
            yield Finding(
                file=self.file, column=column, row=int(rows[0]), count=len(rows),
                message=f"{numbers[rows[0]]} {said}", remedy=remedy,
            )  # fmt: skip


def _last(times: NestedValues | None, rows: int) -> Numbers:
    """The last time of each row, 0 where there is none."""
    last = np.zeros(rows, np.int64)
    if times is not None and len(times.leaf):
        filled = np.flatnonzero(times.lengths() > 0)
        places = times.offsets[0][filled + 1] - 1
        last[filled] = np.nan_to_num(times.numbers[places]).astype(np.int64)
    return last


def _digests(lists: NestedValues, times: NestedValues | None) -> Numbers:
    """A number for the events of each row, equal for equal rows; 0 for rows of up to three."""
    lengths = lists.lengths()
    place = np.arange(len(lists.leaf), dtype=np.uint64) - np.repeat(
        lists.offsets[0][:-1].astype(np.uint64), lengths
    )
    values = _mixed(lists.numbers.astype(np.int64).view(np.uint64) + _mixed(place))
    if times is not None and len(times.leaf) == len(lists.leaf):
        values = _mixed(values + np.nan_to_num(times.numbers).astype(np.int64).view(np.uint64))
    sums = np.concatenate([np.zeros(1, np.uint64), np.cumsum(values, dtype=np.uint64)])
    digests = np.diff(sums[lists.offsets[0]]).view(np.int64)
    return np.where(lengths > 3, digests, 0)


def _mixed(numbers: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Numbers whose bits look random: the finaliser of splitmix64 (Steele et al., OOPSLA 2014)."""
    numbers = (numbers ^ (numbers >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    numbers = (numbers ^ (numbers >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return numbers ^ (numbers >> np.uint64(31))


def repeated(files: Sequence[SplitRows]) -> Iterator[Finding]:
    """Rows of a split whose events are those of another row of it, but for short histories."""
    digests = np.concatenate([rows.column("rows") for rows in files])
    digests = digests[digests != 0]
    if count := len(digests) - len(np.unique(digests)):
        yield Finding(
            severity=NOTICE, file=files[0].file, count=count,
            message=f"{count:,} rows have the events of another row",
            remedy="look whether users stand there twice under several ids",
        )  # fmt: skip


def relative(path: Path, folder: Path) -> str:
    """The path as it is told: below the folder where it lies there."""
    return str(path.relative_to(folder)) if path.is_relative_to(folder) else str(path)
