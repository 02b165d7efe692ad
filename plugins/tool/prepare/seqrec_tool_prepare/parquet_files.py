"""Parquet: one file, or all of a folder."""

from pathlib import Path

import attrs
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from seqrec_tool_prepare.input_files import InputFile
from seqrec_tool_prepare.row_numbers import ROW

__all__ = ["SUFFIXES", "ParquetFiles", "is_parquet", "open_parquet", "visible_files"]

SUFFIXES = (".parquet", ".pq")


@attrs.frozen
class ParquetFiles:
    """Rows with types of their own, counted from 1."""

    path: Path
    frame: pl.LazyFrame
    format: str = "parquet"
    is_text: bool = False
    types: dict[str, str] = attrs.field(factory=dict)
    parts: tuple[Path, ...] = ()

    def place(self, row: int) -> str:
        """The row as a viewer counts it."""
        return f"row {row + 1}"

    def rows(self) -> int:
        """How many the footers say."""
        return sum(map(_rows_of, self.parts))

    def fault(self) -> None:
        """Nothing: what cannot be read is no fault of a line."""


def open_parquet(path: Path, file: InputFile | None) -> ParquetFiles:
    """Open a file, or all parquet files of a folder, of which there is one."""
    files = list(filter(is_parquet, visible_files(path)))
    files = files if file is None else [file.scanned(text=False).content]
    frame = pl.scan_parquet(files, row_index_name=ROW, glob=False, hive_partitioning=file is None)
    frame = frame.with_columns(pl.col(ROW).cast(pl.Int64))
    return ParquetFiles(path, frame, parts=tuple(files))


def visible_files(folder: Path) -> list[Path]:
    """All files below a folder, in order of their names, but hidden ones, `_SUCCESS` and the like.

    Those in hidden folders are hidden, too.
    """
    return [
        path
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        and not any(part.startswith((".", "_")) for part in path.relative_to(folder).parts)
    ]


def is_parquet(path: Path) -> bool:
    """Whether the suffix says so."""
    return path.suffix.lower() in SUFFIXES


def _rows_of(path: Path) -> int:
    """Rows of one file; 0 where it is damaged, which those who read it say."""
    try:
        return int(pq.read_metadata(path).num_rows)
    except (OSError, pa.ArrowException):
        return 0
