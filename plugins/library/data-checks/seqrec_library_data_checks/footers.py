"""Footers of Parquet files: types, and the row groups whose statistics make one suspect faults."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from seqrec_core.errors import DataError
from seqrec_library_data_checks.expectation import Expectation


def parquet_files(path: Path) -> list[Path]:
    """The files at a path: itself, those of a folder, or none."""
    if path.is_dir():
        inner = (file for file in path.rglob("*") if file.name[0] not in "._")
        return sorted(file for file in inner if file.is_file())
    return [path] if path.is_file() else []


class Footer:
    """The footer of a file; DataError for one that is no Parquet, or was cut short."""

    def __init__(self, path: Path):
        self.path = path
        try:
            self.metadata = pq.read_metadata(path)
            self.fields: pa.Schema = self.metadata.schema.to_arrow_schema()
        except (OSError, pa.ArrowException) as cause:
            raise DataError(
                f"{path}: cannot be read as Parquet: {cause}; write the file again"
            ) from cause
        if twice := sorted(
            {name for name in self.fields.names if self.fields.names.count(name) > 1}
        ):
            raise DataError(f"{path}: column {twice[0]!r} stands twice; write the file again")

    def first_rows(self) -> list[int]:
        """The number of the first row of each row group."""
        first_rows = [0]
        for number in range(self.metadata.num_row_groups):
            first_rows.append(first_rows[-1] + self.metadata.row_group(number).num_rows)
        return first_rows[:-1]

    def suspicions(
        self, columns: Mapping[str, Expectation], item: str | None
    ) -> Iterator[tuple[str, int]]:
        """Columns and the first row group of each in which ids or numbers of values look wrong."""
        leaves = self._leaves(columns)
        suspected: set[str] = set()
        for number in range(self.metadata.num_row_groups):
            group = self.metadata.row_group(number)
            counts = {name: _count(group.column(leaf)) for name, leaf in leaves.items()}
            events = counts.get(item or "")
            for name, leaf in leaves.items():
                if name in suspected:
                    continue
                it = columns[name]
                if _has_odd_bounds(group.column(leaf), it) or _has_odd_count(
                    counts[name], events, it
                ):
                    suspected.add(name)
                    yield name, number

    def _leaves(self, columns: Mapping[str, Expectation]) -> dict[str, int]:
        """The numbers of the leaf columns of those that statistics tell something of."""
        paths = [self.metadata.schema.column(i).path for i in range(self.metadata.num_columns)]
        return {
            name: number
            for name, it in columns.items()
            if it.cardinality is not None or it.is_event
            for number, path in enumerate(paths)
            if path == name or path.startswith(f"{name}.")
        }


def _count(column: pq.ColumnChunkMetaData) -> int | None:
    """Number of values that are there, None where that is not known."""
    return column.statistics.num_values if column.is_stats_set else None


def _has_odd_bounds(column: pq.ColumnChunkMetaData, it: Expectation) -> bool:
    """Whether the least or greatest id is none, or a number is infinite."""
    if not column.is_stats_set or not column.statistics.has_min_max:
        return False
    low, high = column.statistics.min, column.statistics.max
    if it.highest is not None:
        return bool(low < 0 or high > it.highest or (it.is_item and it.padding in (low, high)))
    return isinstance(low, float) and not (abs(low) < float("inf") and abs(high) < float("inf"))


def _has_odd_count(count: int | None, events: int | None, it: Expectation) -> bool:
    """Whether there are more or fewer values than the events should have."""
    if count is None or events is None or not it.is_event:
        return False
    if it.depth == 1:
        return count != events
    if it.width is None:
        return False
    return count > it.width * events or (not it.is_id and count < it.width * events)
