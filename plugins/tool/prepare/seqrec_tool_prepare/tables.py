"""A file of rows as a lazy frame: the formats, their detection, and where a faulty row stands."""

import csv
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any, NoReturn

import attrs
import polars as pl

from seqrec_core.errors import DataError
from seqrec_tool_prepare.file_kinds import refuse_other_kinds

__all__ = ["FORMATS", "ROW", "Table", "open_table"]

FORMATS = ("csv", "tsv", "recbole", "parquet", "sequences")
ROW = "__row__"
_SUFFIXES = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".inter": "recbole",
    ".item": "recbole",
    ".user": "recbole",
    ".parquet": "parquet",
    ".pq": "parquet",
}
_HEADER_WORDS = {"user", "user_id", "item", "item_id"}
_MARKS = (",", ";", "|", "\t")  # between the fields of a file called .csv
_LINE_BITS = 32  # a row of "user item item …" is the line's number, then the place in the line


@attrs.frozen
class Table:
    """Rows of a file in file order; text formats give strings, parquet its own types.

    The column ROW grows with the place in the file; shifted right by `shift` it counts rows
    from 0.
    """

    path: Path
    format: str
    frame: pl.LazyFrame
    shift: int = 0
    separator: str | None = None
    types: dict[str, str] = attrs.field(factory=dict)

    @property
    def columns(self) -> list[str]:
        """Names of the file's columns."""
        return [name for name in self.frame.collect_schema().names() if name != ROW]

    @property
    def is_text(self) -> bool:
        """Whether values are read as strings."""
        return self.format != "parquet"

    @property
    def is_quoted(self) -> bool:
        """Whether quote marks may stand around a value."""
        return self.format == "csv"

    def place(self, row: int) -> str:
        """The row as an editor or a viewer counts it."""
        if self.separator is not None:
            lines = _first_lines(self.path, is_quoted=self.is_quoted)
            return f"line {next(islice(lines, row + 1, None))}"
        return f"{'line' if self.is_text else 'row'} {(row >> self.shift) + 1}"

    def fault(
        self, message: str, *, column: str | None = None, row: int | None = None
    ) -> DataError:
        """The error to raise for this file, column and row."""
        where = [str(self.path)]
        if column is not None:
            where.append(f"column {column!r}")
        if row is not None:
            where.append(self.place(row))
        return DataError(f"{', '.join(where)}: {message}")

    def value(self, column: str, row: int) -> object:
        """What stands in one cell."""
        cell = self.frame.filter(pl.col(ROW) == row).select(column)
        return self.collect(cell)[0].item()

    def collect(self, *frames: pl.LazyFrame) -> list[pl.DataFrame]:
        """Run queries over this file; DataError if it cannot be read.

        Each is a streaming pass of its own: polars would keep what several share in memory.
        """
        try:
            return [frame.collect(engine="streaming") for frame in frames]
        except pl.exceptions.PolarsError as error:
            self._explain(error)

    def _explain(self, error: Exception) -> NoReturn:
        if "os error" in str(error):  # of a disk: no fault of the file's content
            raise error
        line, message = None, f"cannot be read as {self.format}: {_short(error)}"
        if self.is_text:
            odd = _odd_line(self)
            line, message = odd or (line, message)
        where = f"{self.path}, line {line}" if line else str(self.path)
        raise DataError(f"{where}: {message}") from error


def open_table(path: str | Path, format: str | None = None) -> Table:
    """Open a file, or a folder of parquet files; nothing is read but the header.

    `format` is one of FORMATS, by default what the suffix or else the first line says.
    Raises DataError for a missing or empty file and an unknown format.
    """
    path = Path(path)
    refuse_other_kinds(path)
    if format is not None and format not in FORMATS:
        raise DataError(f"{format!r} is not a format; choose one of {', '.join(FORMATS)}")
    format = format or _detect(path)
    try:
        table = _open(path, format)
        table.frame.collect_schema()
    except (pl.exceptions.PolarsError, OSError) as error:
        raise DataError(f"{path}: cannot be read as {format}: {_short(error)}") from error
    return table


def _open(path: Path, format: str) -> Table:
    if format == "parquet":
        return Table(path, format, _parquet(path))
    if format == "sequences":
        return Table(path, format, _sequences(path), shift=_LINE_BITS)
    return _delimited(path, format)


def _detect(path: Path) -> str:
    if path.is_dir():
        return "parquet"
    if path.suffix.lower() in _SUFFIXES:
        return _SUFFIXES[path.suffix.lower()]
    with path.open("rb") as file:
        if file.read(4) == b"PAR1":
            return "parquet"
    header = _first_line(path)
    if "\t" in header:
        typed = all(":" in field for field in header.split("\t"))
        return "recbole" if typed else "tsv"
    if any(mark in header for mark in _MARKS):
        return "csv"
    words = header.split()
    if len(words) < 2 or _HEADER_WORDS.intersection(map(str.lower, words)):
        raise DataError(
            f'{path}, line 1: {header!r} is no line "user item item …"; put one of , ; | or tab '
            f"between fields, or name the format: {', '.join(FORMATS)}"
        )
    return "sequences"


def _first_line(path: Path) -> str:
    try:
        with path.open("rb") as file:
            line = file.readline().decode("utf-8-sig").rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise DataError(
            f"{path}: not UTF-8 text ({error}); decompress or convert it, or name its "
            f"format: {', '.join(FORMATS)}"
        ) from error
    if "\r" in line:
        raise DataError(f"{path}: lines end in a carriage return alone; end them in a line feed")
    return line


def _parquet(path: Path) -> pl.LazyFrame:
    """A file, or all of a folder but hidden ones, in order of their names."""
    files = [path] if path.is_file() else _parquet_files(path)
    frame = pl.scan_parquet(files, row_index_name=ROW, glob=False, hive_partitioning=path.is_dir())
    return frame.with_columns(pl.col(ROW).cast(pl.Int64))


def _parquet_files(folder: Path) -> list[Path]:
    files = [
        path
        for path in sorted(folder.rglob("*"))
        if _SUFFIXES.get(path.suffix.lower()) == "parquet"
        and not any(part.startswith((".", "_")) for part in path.relative_to(folder).parts)
    ]
    if not files:
        raise DataError(f"{folder}: no parquet file in this folder; name one file of any format")
    return files


def _sequences(path: Path) -> pl.LazyFrame:
    words = pl.col("line").str.extract_all(r"\S+")
    items = words.list.slice(1)
    return (
        pl.scan_lines(path, row_index_name=ROW, glob=False)
        .select(
            pl.col(ROW).cast(pl.Int64),
            user=words.list.first(),
            item=items,
            place=pl.int_ranges(items.list.len(), dtype=pl.Int64),
        )
        .explode("item", "place", empty_as_null=True)
        .select(
            pl.col(ROW) * 2**_LINE_BITS + pl.col("place").fill_null(0),
            "user",
            "item",
        )
    )


def _delimited(path: Path, format: str) -> Table:
    header = _first_line(path)
    separator = max(_MARKS, key=header.count) if format == "csv" else "\t"
    fields: list[str] = next(_rows([header], separator, is_quoted=format == "csv"), [])
    typed = [field.rpartition(":") for field in fields] if format == "recbole" else []
    types = {name: kind for name, colon, kind in typed if colon}
    names = [name or kind for name, _, kind in typed] or fields
    repeated = [name for name in names if name and names.count(name) > 1]
    if repeated:
        raise DataError(
            f"{path}, line 1: two columns are named {repeated[0]!r}; rename one, "
            "or add a header line if this is a row"
        )
    frame = pl.scan_csv(
        path,
        separator=separator,
        quote_char='"' if format == "csv" else None,
        infer_schema=False,
        row_index_name=ROW,
        glob=False,
    ).with_columns(pl.col(ROW).cast(pl.Int64))
    frame = frame.rename({f"{name}:{kind}": name for name, kind in types.items()})
    return Table(path, format, frame, separator=separator, types=types)


def _first_lines(path: Path, *, is_quoted: bool) -> Iterator[int]:
    """The numbers of the lines at which the header and the rows begin.

    A quoted value may hold line breaks; blank lines are rows, but not in front of the header.
    """
    quotes, begun = 0, False
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            begun = begun or bool(line.strip())
            if begun and quotes % 2 == 0:
                yield number
            quotes += is_quoted and line.count(b'"')


def _odd_line(table: Table) -> tuple[int, str] | None:
    """The first line that is not text, has more fields than the header or an odd quote mark."""
    unpaired = None
    with table.path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            try:
                line.decode()
            except UnicodeDecodeError as error:
                return number, f"not UTF-8 text ({error.reason}); convert the file to UTF-8"
            if unpaired is None and line.count(b'"') % 2:
                unpaired = number
    width = len(table.columns)
    for number, fields in _fields(table):
        if fields > width:
            return number, (
                f"{fields} fields where the header has {width}; "
                f"quote values that hold {table.separator!r}"
            )
    if table.is_quoted and unpaired is not None:
        return unpaired, "a quote mark without its second one; double it in a quoted value"
    return None


def _short(error: Exception) -> str:
    """The first line of an error, which may quote the whole file."""
    first = (str(error).strip().splitlines() or [type(error).__name__])[0]
    return first if len(first) <= 300 else first[:299] + "…"


def _fields(table: Table) -> Iterator[tuple[int, int]]:
    """Number of the last line, and of the fields, of each row, up to one that is no CSV."""
    if table.separator is None:
        return
    with table.path.open(encoding="utf-8-sig", newline="") as file, suppress(csv.Error):
        rows = _rows(file, table.separator, is_quoted=table.is_quoted)
        for fields in rows:
            yield rows.line_num, len(fields)


def _rows(
    lines: Iterable[str], separator: str, *, is_quoted: bool
) -> Any:  # typeshed has no public name for a reader
    return csv.reader(
        lines, delimiter=separator, quoting=csv.QUOTE_MINIMAL if is_quoted else csv.QUOTE_NONE
    )
