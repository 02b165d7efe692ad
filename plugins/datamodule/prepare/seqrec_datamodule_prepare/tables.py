"""A file of rows as a lazy frame: the formats, their detection, and where a faulty row stands."""

import csv
from pathlib import Path
from typing import NoReturn

import attrs
import polars as pl

from seqrec_core.errors import DataError

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
_LINE_BITS = 32  # a row of "user item item …" is the line's number, then the place in the line


@attrs.frozen
class Table:
    """Rows of a file in file order; text formats give strings, parquet its own types.

    The column ROW grows with the place in the file; shifted right by `shift` it counts rows
    from 0, and `first` is the number by which people know that row 0.
    """

    path: Path
    format: str
    frame: pl.LazyFrame
    first: int
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

    def place(self, row: int) -> str:
        """The row as an editor or a viewer counts it."""
        return f"{'line' if self.is_text else 'row'} {(row >> self.shift) + self.first}"

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
        line, message = None, f"cannot be read as {self.format}: {error}"
        if self.is_text:
            line, message = _odd_line(self.path, self.separator, len(self.columns)) or (
                line,
                message,
            )
        where = f"{self.path}, line {line}" if line else str(self.path)
        raise DataError(f"{where}: {message}") from error


def open_table(path: str | Path, format: str | None = None) -> Table:
    """Open a file, or a folder of parquet files; nothing is read but the header.

    `format` is one of FORMATS, by default what the suffix or else the first line says.
    Raises DataError for a missing or empty file and an unknown format.
    """
    path = Path(path)
    if not path.exists():
        raise DataError(f"{path}: no such file")
    if path.is_file() and path.stat().st_size == 0:
        raise DataError(f"{path}: the file is empty")
    if format is not None and format not in FORMATS:
        raise DataError(f"{format!r} is not a format; choose one of {', '.join(FORMATS)}")
    format = format or _detect(path)
    if format == "parquet":
        return Table(path, format, _parquet(path), first=1)
    if format == "sequences":
        return Table(path, format, _sequences(path), first=1, shift=_LINE_BITS)
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
    return "csv" if "," in header else "sequences"


def _first_line(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.readline().decode("utf-8-sig").rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise DataError(
            f"{path}: not UTF-8 text ({error}); decompress or convert it, or name its "
            f"format: {', '.join(FORMATS)}"
        ) from error


def _parquet(path: Path) -> pl.LazyFrame:
    try:
        frame = pl.scan_parquet(path, row_index_name=ROW)
        frame.collect_schema()
    except pl.exceptions.PolarsError as error:
        raise DataError(f"{path}: cannot be read as parquet: {error}") from error
    return frame.with_columns(pl.col(ROW).cast(pl.Int64))


def _sequences(path: Path) -> pl.LazyFrame:
    words = pl.col("line").str.extract_all(r"\S+")
    items = words.list.slice(1)
    return (
        pl.scan_lines(path, row_index_name=ROW)
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
    separator = max((",", ";", "|"), key=header.count) if format == "csv" else "\t"
    frame = pl.scan_csv(
        path,
        separator=separator,
        quote_char='"' if format == "csv" else None,
        infer_schema=False,
        row_index_name=ROW,
    ).with_columns(pl.col(ROW).cast(pl.Int64))
    types = {}
    if format == "recbole":
        typed = [field.rpartition(":") for field in header.split(separator)]
        types = {name: kind for name, colon, kind in typed if colon}
        frame = frame.rename({f"{name}:{kind}": name for name, kind in types.items()})
    return Table(path, format, frame, first=2, separator=separator, types=types)


def _odd_line(path: Path, separator: str | None, width: int) -> tuple[int, str] | None:
    """The first line that is not text or has more fields than the header."""
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            try:
                line.decode()
            except UnicodeDecodeError as error:
                return number, f"not UTF-8 text ({error.reason}); convert the file to UTF-8"
    if separator is None:
        return None
    with path.open(encoding="utf-8-sig", newline="") as file:
        quoted = separator != "\t"
        reader = csv.reader(
            file, delimiter=separator, quoting=csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE
        )
        for fields in reader:
            if len(fields) > width:
                return reader.line_num, (
                    f"{len(fields)} fields where the header has {width}; "
                    f"quote values that hold {separator!r}"
                )
    return None
