"""Files that are no table as they stand, refused with what makes a table of them."""

import stat
from pathlib import Path

from seqrec_core.errors import DataError

__all__ = ["refuse_other_kinds"]

_STARTS = {  # first bytes of a file: what it is, and the remedy
    b"\x1f\x8b": ("compressed by gzip", "decompress it with `gunzip`"),
    b"PK\x03\x04": ("a zip archive", "extract it with `unzip`"),
    b"BZh": ("compressed by bzip2", "decompress it with `bunzip2`"),
    b"\xfd7zXZ": ("compressed by xz", "decompress it with `unxz`"),
    b"\x28\xb5\x2f\xfd": ("compressed by zstd", "decompress it with `unzstd`"),
    b"\xff\xfe": ("UTF-16 text", "convert it with `iconv -f UTF-16 -t UTF-8`"),
    b"\xfe\xff": ("UTF-16 text", "convert it with `iconv -f UTF-16 -t UTF-8`"),
    b"ORC": ("an ORC file", "write it as parquet"),
    b"ARROW1": ("an Arrow file", "write it as parquet"),
    b"{": ("JSON", "write it as parquet with `polars.read_ndjson(file).write_parquet(out)`"),
    b"[{": ("JSON", "write it as parquet with `polars.read_json(file).write_parquet(out)`"),
}


def refuse_other_kinds(path: Path) -> None:
    """DataError for what is missing, empty, no file or folder, compressed, UTF-16 or JSON."""
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            return
        if not stat.S_ISREG(mode):
            raise DataError(f"{path}: a pipe or device is read twice; write it to a file first")
        with path.open("rb") as file:
            start = file.read(8)
    except FileNotFoundError as error:
        raise DataError(f"{path}: no such file") from error
    except (OSError, ValueError) as error:
        raise DataError(f"{path}: cannot be read: {error}; name another file") from error
    if not start:
        raise DataError(f"{path}: the file is empty")
    for first, (kind, remedy) in _STARTS.items():
        if start.removeprefix(b"\xef\xbb\xbf").startswith(first):
            raise DataError(f"{path}: {kind}, not a table; {remedy}")
