"""Rows of one or several files as a lazy frame, and where a faulty row stands."""

from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn, Protocol

import attrs
import polars as pl

from seqrec_core.errors import DataError
from seqrec_tool_prepare.delimited import open_delimited
from seqrec_tool_prepare.file_formats import FORMATS, format_of
from seqrec_tool_prepare.file_kinds import refuse_missing, refuse_other_kinds
from seqrec_tool_prepare.input_files import InputFile
from seqrec_tool_prepare.input_paths import input_paths
from seqrec_tool_prepare.item_lines import open_item_lines
from seqrec_tool_prepare.json_lines import open_json_lines
from seqrec_tool_prepare.parquet_files import open_parquet
from seqrec_tool_prepare.row_limit import MOST_ROWS, is_beyond, refuse_many
from seqrec_tool_prepare.row_numbers import ROW, row_bits
from seqrec_tool_prepare.separators import Separator

__all__ = ["FORMATS", "ROW", "Table", "TableFile", "open_table"]

_DELIMITED = ("csv", "tsv", "recbole")


class TableFile(Protocol):
    """The rows of one file, which `frame` numbers from 0 in ROW."""

    @property
    def path(self) -> Path:
        """The file as it was named."""

    @property
    def format(self) -> str:
        """One of FORMATS."""

    @property
    def frame(self) -> pl.LazyFrame:
        """The columns, and ROW."""

    @property
    def is_text(self) -> bool:
        """Whether values are read as strings."""

    @property
    def types(self) -> dict[str, str]:
        """What the header says of types, by column."""

    def place(self, row: int) -> str:
        """The row as an editor or a viewer counts it."""

    def rows(self) -> int:
        """How many rows or lines there are, at most: a pass over text, without a parser."""

    def fault(self) -> tuple[int, str] | None:
        """The first line that cannot be read, and why."""


@attrs.frozen
class Table:
    """Rows of files in order; text formats give strings, parquet its own types.

    The column ROW of `frame` grows with the place of a row: its bits are the file, the row in it
    and, below `place_bits`, the place in a row that is a list. `scratch` is a folder for copies;
    `has_header` says that the file's first line names the columns.
    """

    files: tuple[TableFile, ...]
    frame: pl.LazyFrame
    place_bits: int = 0
    scratch: Path | None = None
    has_header: bool = False

    @property
    def name(self) -> str:
        """The name of the file, or of the first and how many more."""
        return self.files[0].path.name + self._more

    @property
    def format(self) -> str:
        """The format of all files."""
        return self.files[0].format

    @property
    def columns(self) -> list[str]:
        """Names of the columns of all files."""
        return [name for name in self.frame.collect_schema().names() if name != ROW]

    @property
    def is_text(self) -> bool:
        """Whether values are read as strings."""
        return self.files[0].is_text

    @property
    def has_blank_lines(self) -> bool:
        """Whether rows without any value are blank lines, and not faults."""
        return self.is_text and self.format != "jsonl"

    @property
    def types(self) -> dict[str, str]:
        """What the header says of types, by column."""
        return self.files[0].types

    @property
    def _more(self) -> str:
        others = len(self.files) - 1
        return f" and {others} more file{'s' * (others > 1)}" if others else ""

    def place(self, row: int) -> str:
        """The row as an editor or a viewer counts it; of several files also which."""
        file, number = self._locate(row)
        return file.place(number) + (f" of {file.path.name}" if self._more else "")

    def fault(
        self, message: str, *, column: str | None = None, row: int | None = None
    ) -> DataError:
        """The error to raise for this file, column and row."""
        where = [self._where]
        if row is not None:
            file, number = self._locate(row)
            where = [str(file.path)]
        if column is not None:
            where.append(f"column {column!r}")
        if row is not None:
            where.append(file.place(number))
        return DataError(f"{', '.join(where)}: {message}")

    def value(self, column: str, row: int) -> object:
        """What stands in one cell."""
        cell = self.frame.filter(pl.col(ROW) == row).select(column)
        return self.collect(cell)[0].item()

    def collect(self, *frames: pl.LazyFrame) -> list[pl.DataFrame]:
        """Run queries over these files; DataError if they cannot be read.

        Each is a streaming pass of its own: polars would keep what several share in memory.
        """
        try:
            return [frame.collect(engine="streaming") for frame in frames]
        except pl.exceptions.PolarsError as error:
            self._explain(error)
        except pl.exceptions.PanicException:  # the index of a file overflows
            self.refuse_many()
            raise
        except OSError as error:
            if error.errno is not None:
                raise
            self._explain(error)  # of a compression

    def refuse_many(self) -> None:
        """DataError for more rows than polars numbers; it counts them."""
        refuse_many(self._where, sum(file.rows() for file in self.files))

    @property
    def _where(self) -> str:
        return str(self.files[0].path) + self._more

    def _locate(self, row: int) -> tuple[TableFile, int]:
        file, number = divmod(row >> self.place_bits, 1 << row_bits(len(self.files)))
        return self.files[file], number

    def _explain(self, error: Exception) -> NoReturn:
        if "os error" in str(error):  # of a disk: no fault of the file's content
            raise error
        if is_beyond(error):
            self.refuse_many()
            refuse_many(self._where, MOST_ROWS + 1)  # of lists
        for file in self.files:
            if fault := file.fault():
                line, message = fault
                raise DataError(f"{file.path}, line {line}: {message}") from error
        raise self.fault(f"cannot be read as {self.format}: {_short(error)}") from error


def open_table(
    files: str | Path | Sequence[str | Path],
    format: str | None = None,
    *,
    columns: Sequence[str] | None = None,
    separator: str | None = None,
    scratch: Path | None = None,
) -> Table:
    """Open files, patterns of them, or folders of parquet; little more than headers is read.

    `format` is one of FORMATS, by default what the suffix or the first line says. `columns` name
    the fields of files without a header, `separator` says what stands between them. `scratch` is
    a folder for copies of files that are compressed otherwise than polars reads.
    Raises DataError for a missing or empty file, an unknown format, and files that do not have the
    same columns.
    """
    if format is not None and format not in FORMATS:
        raise DataError(f"{format!r} is not a format; choose one of {', '.join(FORMATS)}")
    mark = None if separator is None else Separator.of(separator)
    opened = [_open(path, format, columns, mark, scratch) for path in input_paths(files)]
    for file in opened[1:]:
        _refuse_difference(opened[0], file)
    has_header = columns is None and opened[0].format in _DELIMITED
    if len(opened) == 1:
        return Table((opened[0],), opened[0].frame, scratch=scratch, has_header=has_header)
    names, step = opened[0].frame.collect_schema().names(), 1 << row_bits(len(opened))
    frames = [
        file.frame.select(names).with_columns(pl.col(ROW) + number * step)
        for number, file in enumerate(opened)
    ]
    frame = pl.concat(frames, how="vertical_relaxed")
    return Table(tuple(opened), frame, scratch=scratch, has_header=has_header)


def _open(
    path: Path,
    format: str | None,
    columns: Sequence[str] | None,
    separator: Separator | None,
    scratch: Path | None,
) -> TableFile:
    refuse_missing(path)
    if path.is_dir():
        return _readable(open_parquet(path, None))
    file = InputFile.of(path, scratch)
    refuse_other_kinds(file)
    is_delimited = columns is not None or separator is not None
    format = format or format_of(file, is_delimited=is_delimited)
    if is_delimited and format not in _DELIMITED:
        option = "--columns" if columns is not None else "--separator"
        raise DataError(f"{path}: {option} does nothing for the format {format}; leave it out")
    try:
        return _readable(_of_format(file, format, columns, separator))
    except pl.exceptions.PanicException:
        refuse_many(path, file.line_count())
        raise
    except (pl.exceptions.PolarsError, OSError) as error:
        if is_beyond(error):
            refuse_many(path, file.line_count())
        file.refuse_damage()
        if format != "parquet" and (odd := file.line_without_text()):
            raise DataError(f"{path}, line {odd[0]}: {odd[1]}") from error
        raise DataError(f"{path}: cannot be read as {format}: {_short(error)}") from error


def _of_format(
    file: InputFile, format: str, columns: Sequence[str] | None, separator: Separator | None
) -> TableFile:
    if format == "parquet":
        return open_parquet(file.path, file)
    if format == "sequences":
        return open_item_lines(file)
    if format == "jsonl":
        return open_json_lines(file)
    if separator is None and format == "csv":
        separator = Separator.likely(file.first_line(), alone=columns is not None)
    return open_delimited(file, format, separator or Separator("\t"), columns)


def _readable(file: TableFile) -> TableFile:
    file.frame.collect_schema()
    return file


def _refuse_difference(one: TableFile, other: TableFile) -> None:
    """DataError where two files are not of one format, with the same columns."""
    if one.format != other.format:
        difference = f"one is {one.format}, the other {other.format}"
    else:
        mine, others = one.frame.collect_schema(), other.frame.collect_schema()
        names = [
            f"only {file.path.name} has {', '.join(map(repr, only[:5]))}"
            for file, only in (
                (one, [name for name in mine if name not in others]),
                (other, [name for name in others if name not in mine]),
            )
            if only
        ]
        types = [
            f"{name!r} is {mine[name]} in one and {others[name]} in the other"
            for name in mine
            if name in others and not _alike(mine[name], others[name])
        ]
        difference = "; ".join(names or types)
    if difference:
        raise DataError(
            f"{one.path} and {other.path} are not of the same columns: {difference}; make them "
            "alike, or prepare one alone"
        )


def _alike(one: pl.DataType, other: pl.DataType) -> bool:
    return one == other or (one.is_integer() and other.is_integer())


def _short(error: Exception) -> str:
    """The first line of an error, which may quote the whole file."""
    first = (str(error).strip().splitlines() or [type(error).__name__])[0]
    return first if len(first) <= 300 else first[:299] + "…"
