"""Text with a row a line and a mark between the fields: CSV, TSV and RecBole."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any

import attrs
import polars as pl

from seqrec_core.errors import DataError
from seqrec_tool_prepare.blanks import without_blanks
from seqrec_tool_prepare.header import Header, header_of
from seqrec_tool_prepare.input_files import InputFile
from seqrec_tool_prepare.row_numbers import ROW
from seqrec_tool_prepare.separators import Separator

__all__ = ["Delimited", "open_delimited"]


@attrs.frozen
class Delimited:
    """A file whose fields have one character between them; values are strings."""

    file: InputFile
    format: str
    frame: pl.LazyFrame
    header: Header
    separator: Separator
    is_text: bool = True

    @property
    def path(self) -> Path:
        """The file as it was named."""
        return self.file.path

    @property
    def types(self) -> dict[str, str]:
        """Types of RecBole by the column."""
        return self.header.types

    @property
    def is_quoted(self) -> bool:
        """Whether quote marks may stand around a value."""
        return self.format == "csv"

    def place(self, row: int) -> str:
        """The line at which a row begins."""
        skipped = 1 if self.header.is_line else 0
        return f"line {next(islice(_first_lines(self), row + skipped, None))}"

    def rows(self) -> int:
        """How many lines there are, which is as many rows at least."""
        return self.file.line_count()

    def fault(self) -> tuple[int, str] | None:
        """The first line that is not text, has too many fields or an odd quote mark."""
        if odd := self.file.line_without_text():
            return odd
        width = len(self.header.names)
        for number, fields in _fields(self):
            if fields > width:
                return number, self.separator.surplus(fields, width, self.header)
        lines = enumerate(self.file.lines(), start=1)
        unpaired = (number for number, line in lines if line.count(b'"') % 2)
        if self.is_quoted and (number := next(unpaired, 0)):
            return number, "a quote mark without its second one; double it in a quoted value"
        return None


def open_delimited(
    file: InputFile, format: str, separator: Separator, columns: Sequence[str] | None
) -> Delimited:
    """Open it; `columns` name the fields of a file without a header, `_` passes over one.

    Raises DataError for a header or columns that do not name each field once.
    """
    file = file.scanned()
    is_quoted = format == "csv" and separator.mark is not None
    fields = _first_fields(file, separator, is_quoted=is_quoted)
    if not any(fields):
        raise DataError(f"{file.path}: every line is blank; the file has no rows")
    header = header_of(file.path, fields, format, columns)
    frame = (
        _split(file, separator, header)
        if separator.mark is None
        else _scan(file, separator.mark, header, is_quoted=is_quoted)
    )
    return Delimited(file, format, frame.drop(header.passed), header, separator)


def _first_fields(file: InputFile, separator: Separator, *, is_quoted: bool) -> list[str]:
    """The fields of the first row that is not blank, whose quoted values may hold line breaks."""
    line = file.first_line()
    if separator.mark is None:
        return separator.split(line)
    fields: list[str] = next(_rows([line], separator.mark, is_quoted=is_quoted), [])
    if is_quoted and line.count('"') % 2:
        with file.opened() as content, suppress(csv.Error):
            text = io.TextIOWrapper(content, encoding="utf-8-sig", errors="replace", newline="")
            rows = _rows(text, separator.mark, is_quoted=is_quoted)
            fields = next((row for row in rows if any(row)), fields)
    return fields


def _scan(file: InputFile, mark: str, header: Header, *, is_quoted: bool) -> pl.LazyFrame:
    schema = None if header.is_line else dict.fromkeys(header.names, pl.String)
    frame = pl.scan_csv(
        file.content,
        separator=mark,
        quote_char='"' if is_quoted else None,
        infer_schema=False,
        has_header=header.is_line,
        schema=schema,
        missing_columns="raise" if header.is_line else "insert",
        row_index_name=ROW,
        glob=False,
    ).with_columns(pl.col(ROW).cast(pl.Int64))
    return frame.rename({f"{name}:{kind}": name for name, kind in header.types.items()})


def _split(file: InputFile, separator: Separator, header: Header) -> pl.LazyFrame:
    """Fields with a mark of several characters, or runs of spaces, between them; no quote marks."""
    before = _blank_lines(file) + 1 if header.is_line else 0
    lines = pl.scan_lines(file.content, row_index_name=ROW, glob=False).filter(
        pl.col(ROW) >= before
    )
    fields = separator.fields(pl.col("line").str.strip_chars_start("\ufeff"))
    values = {
        name: without_blanks(fields.list.get(place, null_on_oob=True))
        for place, name in enumerate(header.names)
    }
    surplus = lines.filter(fields.list.len() > len(header.names)).select(
        ROW, count=fields.list.len()
    )
    for row, count in surplus.head(1).collect(engine="streaming").rows():
        message = separator.surplus(count, len(header.names), header)
        raise DataError(f"{file.path}, line {row + 1}: {message}")
    return lines.select(pl.col(ROW).cast(pl.Int64) - before, **values)


def _blank_lines(file: InputFile) -> int:
    """Blank lines in front of the first other one."""
    lines = enumerate(file.lines())
    return next((number for number, line in lines if line.strip()), 0)


def _first_lines(table: Delimited) -> Iterator[int]:
    """The numbers of the lines at which the header and the rows begin.

    A quoted value may hold line breaks; blank lines are rows, but not in front of the header.
    """
    quotes, begun = 0, not table.header.is_line
    for number, line in enumerate(table.file.lines(), start=1):
        begun = begun or bool(line.strip())
        if begun and quotes % 2 == 0:
            yield number
        quotes += table.is_quoted and line.count(b'"')


def _fields(table: Delimited) -> Iterator[tuple[int, int]]:
    """Number of the last line, and of the fields, of each row, up to one that is no CSV."""
    if table.separator.mark is None:
        return
    with table.file.opened() as file, suppress(csv.Error):
        text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
        rows = _rows(text, table.separator.mark, is_quoted=table.is_quoted)
        for fields in rows:
            yield rows.line_num, len(fields)


def _rows(
    lines: Iterable[str], separator: str, *, is_quoted: bool
) -> Any:  # typeshed has no public name for a reader
    return csv.reader(
        lines, delimiter=separator, quoting=csv.QUOTE_MINIMAL if is_quoted else csv.QUOTE_NONE
    )
