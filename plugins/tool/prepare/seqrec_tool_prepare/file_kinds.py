"""Files that are no table as they stand, refused with what makes a table of them."""

import stat
from pathlib import Path

from seqrec_core.errors import DataError
from seqrec_tool_prepare.input_files import InputFile, compression_of

__all__ = ["refuse_missing", "refuse_other_kinds"]

_STARTS = {  # first bytes of a file: what it is, and the remedy
    b"PK\x03\x04": ("a zip archive", "extract it with `unzip`"),
    b"\xff\xfe": ("UTF-16 text", "convert it with `iconv -f UTF-16 -t UTF-8`"),
    b"\xfe\xff": ("UTF-16 text", "convert it with `iconv -f UTF-16 -t UTF-8`"),
    b"ORC": ("an ORC file", "write it as parquet"),
    b"ARROW1": ("an Arrow file", "write it as parquet"),
    b"SQLite format 3": ("a database of SQLite", "write the query's result as CSV or parquet"),
}
_TAR = slice(257, 262)


def refuse_missing(path: Path) -> None:
    """DataError for what is missing, empty, or no file or folder."""
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            return
        if not stat.S_ISREG(mode):
            raise DataError(f"{path}: a pipe or device is read twice; write it to a file first")
        with path.open("rb") as file:
            start = file.read(1)
    except FileNotFoundError as error:
        raise DataError(f"{path}: no such file") from error
    except (OSError, ValueError) as error:
        raise DataError(f"{path}: cannot be read: {error}; name another file") from error
    if not start:
        raise DataError(f"{path}: the file is empty; leave it out, or write it again")


def refuse_other_kinds(file: InputFile) -> None:
    """DataError for content that is empty, an archive, UTF-16 or JSON that is not in lines."""
    start = file.start()
    if not start:
        raise DataError(f"{file.path}: the file is empty; leave it out, or write it again")
    kinds = [kind for first, kind in _STARTS.items() if start.startswith(first)]
    if file.packed and (inner := compression_of(start)):
        kinds = [(f"compressed twice, by {file.packed} and {inner}", "decompress it once")]
    if start[_TAR] == b"ustar":
        kinds = [("a tar archive", "extract it with `tar -xf`")]
    if start.lstrip()[:1] == b"[" and start.lstrip()[1:].lstrip()[:1] in (b"{", b"[", b""):
        kinds = [("one array of JSON", "write an object a line, as `jq -c '.[]' FILE` does")]
    for kind, remedy in kinds:
        raise DataError(f"{file.path}: {kind}, not a table; {remedy}")
