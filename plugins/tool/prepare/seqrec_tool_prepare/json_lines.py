"""JSON lines: an object a line, whose keys are columns."""

import json
from collections.abc import Iterator
from glob import escape
from itertools import islice
from pathlib import Path
from typing import Any, NoReturn

import attrs
import polars as pl

from seqrec_core.errors import DataError
from seqrec_tool_prepare.input_files import InputFile
from seqrec_tool_prepare.json_types import columns_of, fits, type_of
from seqrec_tool_prepare.row_numbers import ROW

__all__ = ["SUFFIXES", "JsonLines", "json_lines_as", "open_json_lines"]

SUFFIXES = (".jsonl", ".ndjson", ".json")
_SAMPLE = 10_000  # lines that say which keys there are


@attrs.frozen
class JsonLines:
    """The objects of a file; values are strings or lists of them, keys of objects `outer.inner`."""

    file: InputFile
    frame: pl.LazyFrame
    schema: dict[str, pl.DataType]
    format: str = "jsonl"
    is_text: bool = True
    types: dict[str, str] = attrs.field(factory=dict)

    @property
    def path(self) -> Path:
        """The file as it was named."""
        return self.file.path

    def place(self, row: int) -> str:
        """The line of a row; blank lines are none."""
        lines = (n for n, line in enumerate(self.file.lines(), start=1) if line.strip())
        return f"line {next(islice(lines, row, None))}"

    def rows(self) -> int:
        """How many lines there are, which is as many rows at least."""
        return self.file.line_count()

    def fault(self) -> tuple[int, str] | None:
        """The first line that is no object, or has a value of another type than the first lines."""
        for number, value in _values(self.file):
            if isinstance(value, str):
                return number, value
            for key, one in value.items():
                dtype = self.schema.get(key)
                if dtype is not None and not fits(one, dtype):
                    shown = json.dumps(one)[:100]
                    expected = "a list" if isinstance(dtype, pl.List) else "an object"
                    message = f"{shown} where lines before have {expected}; write all alike"
                    return number, f"key {key!r}: {message}"
        return None


def open_json_lines(file: InputFile) -> JsonLines:
    """Open it; the first lines say which keys there are, and which hold lists or objects.

    Raises DataError for a first line that is no object.
    """
    file = file.scanned()
    with file.opened() as content:
        if content.read(3) == b"\xef\xbb\xbf":
            file = file.unpacked()
    sample: list[dict[str, Any]] = []
    for number, value in islice(_values(file), _SAMPLE):
        if isinstance(value, str):
            raise DataError(f"{file.path}, line {number}: {value}")
        sample.append(value)
    keys = dict.fromkeys(key for value in sample for key in value)
    if not keys:
        raise DataError(f"{file.path}: no object of any line has a key; the file has no rows")
    schema = {key: type_of([value.get(key) for value in sample]) for key in keys}
    return json_lines_as(file, schema)


def json_lines_as(file: InputFile, schema: dict[str, pl.DataType]) -> JsonLines:
    """The lines of a file that polars can read as they are, with keys of these types."""
    frame = pl.scan_ndjson(escape(str(file.content)), schema=schema, row_index_name=ROW)
    frame = frame.select(pl.col(ROW).cast(pl.Int64), **columns_of(schema))
    return JsonLines(file, frame, schema)


def _values(file: InputFile) -> Iterator[tuple[int, dict[str, Any] | str]]:
    """Number and object of each line that is not blank; for what is none, what to say of it."""
    for number, line in enumerate(file.lines(), start=1):
        if not line.strip():
            continue
        try:
            value = json.loads(line, parse_constant=_refuse)
        except UnicodeDecodeError as error:
            yield number, f"not UTF-8 text ({error.reason}); convert the file to UTF-8"
        except ValueError as error:
            yield number, f"not one whole JSON object ({error}); write an object a line"
        else:
            is_object, shown = isinstance(value, dict), line.decode().strip()[:80]
            yield (
                number,
                value if is_object else f"{shown!r} is no JSON object; write an object a line",
            )


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON; write null")
