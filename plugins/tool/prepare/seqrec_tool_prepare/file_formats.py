"""The formats of tables, and which one a file has."""

from pathlib import Path

from seqrec_core.errors import DataError
from seqrec_tool_prepare import json_lines, parquet_files
from seqrec_tool_prepare.header import HEADER_WORDS
from seqrec_tool_prepare.input_files import PACKED_SUFFIXES, InputFile
from seqrec_tool_prepare.separators import MARKS

__all__ = ["FORMATS", "format_of", "has_known_suffix"]

FORMATS = ("csv", "tsv", "recbole", "jsonl", "parquet", "sequences")
_SUFFIXES = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".inter": "recbole",
    ".item": "recbole",
    ".user": "recbole",
    **dict.fromkeys(json_lines.SUFFIXES, "jsonl"),
    **dict.fromkeys(parquet_files.SUFFIXES, "parquet"),
}


def has_known_suffix(path: Path) -> bool:
    """Whether the suffix, without that of a compression, is one of a format."""
    suffixes = [suffix.lower() for suffix in path.suffixes[-2:]]
    plain = suffixes[:-1] if suffixes and suffixes[-1] in PACKED_SUFFIXES else suffixes
    return bool(plain) and plain[-1] in _SUFFIXES


def format_of(file: InputFile, *, is_delimited: bool = False) -> str:
    """What the suffix says, or else the content; `is_delimited` says that it has fields in lines.

    Raises DataError for a first line of no format.
    """
    start = file.start()
    if start.startswith(b"PAR1"):
        return "parquet"
    if start.lstrip().startswith(b"{"):
        return "jsonl"
    if file.suffix in _SUFFIXES:
        return _SUFFIXES[file.suffix]
    line = file.first_line()
    if "\t" in line:
        typed = all(":" in field for field in line.split("\t")) and not is_delimited
        return "recbole" if typed else "tsv"
    if is_delimited or any(mark in line for mark in (*MARKS, "::")):
        return "csv"
    words = line.split()
    if len(words) < 2 or HEADER_WORDS.intersection(map(str.lower, words)):
        raise DataError(
            f'{file.path}, line 1: {line[:100]!r} is no line "user item item …"; say what stands '
            "between the fields with --separator, such as :: or space, and the names of columns "
            f"without a header with --columns; or name the format: {', '.join(FORMATS)}"
        )
    return "sequences"
