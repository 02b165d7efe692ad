"""Parquet files in row groups of one size, whatever the size of the pieces they come in."""

from pathlib import Path
from types import TracebackType
from typing import Self

import pyarrow as pa
import pyarrow.parquet as pq

__all__ = ["RowGroups", "rows_for_streaming"]

_EVENTS = 2**18  # events of a row group: 2 MB a column of ids
_SHARES = 16  # row groups a file should have, so that as many readers can share it
_FEWEST, _MOST = 64, 4096


def rows_for_streaming(num_users: int, num_events: int) -> int:
    """Users in a row group: small enough to stream and to share, large enough to read fast."""
    rows = min(_EVENTS * num_users // num_events, -(-num_users // _SHARES), _MOST)
    return max(rows, _FEWEST)


class RowGroups:
    """A parquet file being written; all row groups but the last have `rows` rows."""

    def __init__(self, path: Path, rows: int):
        self.path = path
        self.rows = rows
        self._writer: pq.ParquetWriter | None = None
        self._pending: pa.Table | None = None

    def append(self, table: pa.Table) -> None:
        """Add rows; a row group is written as soon as it is full."""
        if self._writer is None:
            self._writer = pq.ParquetWriter(self.path, table.schema, compression="zstd")
        if self._pending is not None:
            table = pa.concat_tables([self._pending, table])
        full = len(table) - len(table) % self.rows
        self._write(table.slice(0, full))
        self._pending = table.slice(full)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._writer is not None and self._pending is not None:
            self._write(self._pending)
            self._writer.close()

    def _write(self, table: pa.Table) -> None:
        if self._writer is not None and len(table):
            self._writer.write_table(table, row_group_size=self.rows)
