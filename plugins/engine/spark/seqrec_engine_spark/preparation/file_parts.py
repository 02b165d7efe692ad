"""Parts of files as tasks of Spark see them, read as the preparation on one machine reads files.

Spark hands out lines of text with the place where their part of the file begins, or rows of parquet
with their number; what makes columns of lines is the code of the preparation itself.
"""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import attrs
import numpy as np
import polars as pl
from seqrec_tool_prepare.input_files import InputFile
from seqrec_tool_prepare.json_lines import json_lines_as
from seqrec_tool_prepare.row_numbers import ROW
from seqrec_tool_prepare.separators import Separator
from seqrec_tool_prepare.tables import TableFile, open_table

from seqrec_engine_spark.preparation.spark_paths import plain_path

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["BEGIN", "LINE", "LINE_BREAK", "PATH", "FaultyPartError", "ParquetParts", "TextParts"]

PATH, BEGIN, LINE = "__path__", "__begin__", "__line__"
"""Columns that Spark is asked for: the file, where the part or row is in it, and the line."""
_LINES = 500_000  # read at once
LINE_BREAK = (
    "a quote mark without its second one in this line: where a quoted value holds a line break, "
    "which Spark does not read, write it in one line, or leave --engine out"
)
_NO_TEXT = "\ufffd"  # what Spark makes of bytes that are not UTF-8


class FaultyPartError(Exception):
    """What cannot be read, and where: the arguments are the whole sentence."""


@attrs.frozen
class ParquetParts:
    """Rows of parquet; `first` maps a file to the number of its row 0."""

    first: Mapping[str, int]

    def frames(self, batches: "Iterable[pa.RecordBatch]") -> Iterator[pl.DataFrame]:
        """The rows, with their numbers in ROW."""
        for batch in batches:
            frame = _frame(batch)
            begin = pl.col(PATH).replace_strict(dict(self.first), return_dtype=pl.Int64)
            yield frame.with_columns((begin + pl.col(BEGIN)).alias(ROW)).drop(PATH, BEGIN)


@attrs.frozen
class TextParts:
    """Lines of text files; `first` maps a file to the number of its line 0.

    `before` counts the lines of the file in front of the part that begins at a byte. `headers` are
    lines that name the columns `names`, and `heads` the numbers of those lines in the files, where
    they are in them. `schema` is that of JSON lines, for which there is no header.
    """

    first: Mapping[str, int]
    before: Mapping[tuple[str, int], int]
    names: list[str]
    format: str
    separator: str | None = None
    headers: Mapping[str, str] = attrs.field(factory=dict)
    heads: Mapping[str, int] = attrs.field(factory=dict)
    schema: dict[str, pl.DataType] | None = None

    @property
    def is_quoted(self) -> bool:
        """Whether quote marks may stand around a value."""
        mark = None if self.separator is None else Separator.of(self.separator).mark
        return self.format == "csv" and mark is not None

    def frames(self, batches: "Iterable[pa.RecordBatch]") -> Iterator[pl.DataFrame]:
        """The rows, with the numbers of their lines in ROW; raises FaultyPartError."""
        read: dict[tuple[str, int], int] = {}
        pending: list[pl.DataFrame] = []
        for batch in batches:
            frame = _frame(batch).with_columns(pl.int_range(pl.len()).alias(ROW))
            for (path, begin), part in frame.group_by(PATH, BEGIN, maintain_order=True):
                place = read.get((path, begin), 0)
                read[path, begin] = place + len(part)
                place += self.before[path, begin]
                numbers = pl.int_range(place, place + len(part), eager=True).alias(ROW)
                part = part.with_columns(numbers)
                if pending and (pending[0][PATH][0] != path or _length(pending) >= _LINES):
                    yield self._parsed(pl.concat(pending))
                    pending = []
                pending.append(part)
        if pending:
            yield self._parsed(pl.concat(pending))

    def _parsed(self, lines: pl.DataFrame) -> pl.DataFrame:
        """The rows of lines of one file."""
        path = lines[PATH][0]
        text = pl.col(LINE).str.strip_prefix("\ufeff")
        lines = lines.with_columns(pl.when(pl.col(ROW) == 0).then(text).otherwise(LINE).alias(LINE))
        header = self.headers.get(path)
        lines = lines.filter(pl.col(ROW) > self.heads.get(path, -1))
        blank = pl.col(LINE).str.strip_chars(None if self.schema is not None else "\r")
        lines = lines.filter(blank != "")
        faulty = lines.filter(pl.col(LINE).str.contains(_NO_TEXT, literal=True))
        if len(faulty):
            raise _fault(path, faulty[ROW][0], "not UTF-8 text; convert the file to UTF-8")
        odd = lines.filter(pl.col(LINE).str.count_matches('"', literal=True) % 2 == 1)
        if self.is_quoted and len(odd):
            raise _fault(path, odd[ROW][0], LINE_BREAK)
        with TemporaryDirectory(prefix="part-") as folder:
            file = Path(folder) / f"part.{self.format}"
            front = [] if header is None else [header]
            file.write_text("\n".join([*front, *lines[LINE].to_list(), ""]), encoding="utf-8")
            return self._read(file, path, lines[ROW].to_numpy(), len(front))

    def _read(self, file: Path, path: str, numbers: np.ndarray, front: int) -> pl.DataFrame:
        if not len(numbers):
            return pl.DataFrame(schema={**dict.fromkeys(self.names, pl.String), ROW: pl.Int64})
        table: TableFile
        if self.schema is not None:
            table = json_lines_as(InputFile.of(file), self.schema)
        else:
            table = open_table(file, self.format, separator=self.separator).files[0]
        try:
            frame = table.frame.select(ROW, *self.names).collect()
        except pl.exceptions.PolarsError as error:
            line, message = table.fault() or (front + 1, str(error).splitlines()[0])
            raise _fault(path, int(numbers[line - front - 1]), message) from error
        if len(frame) != len(numbers):
            raise _fault(
                path, int(numbers[0]), f"{len(numbers)} lines from here on are not as many rows"
            )
        number = pl.Series(ROW, numbers[frame[ROW].to_numpy()] + self.first[path])
        return frame.with_columns(number)


def _frame(batch: "pa.RecordBatch") -> pl.DataFrame:
    return pl.DataFrame(pl.from_arrow(batch))


def _length(frames: list[pl.DataFrame]) -> int:
    return sum(map(len, frames))


def _fault(path: str, number: int, message: str) -> FaultyPartError:
    return FaultyPartError(f"{plain_path(path)}, line {number + 1}: {message}")
