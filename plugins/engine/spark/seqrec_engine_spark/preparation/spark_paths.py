"""Files as they are named for Spark, and as it names them."""

import re
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import unquote

from seqrec_tool_prepare.input_files import InputFile
from seqrec_tool_prepare.input_paths import input_paths
from seqrec_tool_prepare.parquet_files import SUFFIXES, visible_files
from seqrec_tool_prepare.row_numbers import row_bits

from seqrec_core.errors import DataError
from seqrec_core.places import is_remote

__all__ = [
    "escaped",
    "first_rows",
    "named_files",
    "plain_path",
    "refuse_empty",
    "refuse_names",
]

_PACKED = {".gz": "gzip", ".bz2": "bzip2"}  # what Spark decompresses, by the suffix


def named_files(named: Sequence[str | Path]) -> list[str | Path]:
    """Paths of files, of those that are patterns or folders; URIs as they are, for Spark."""
    files: list[str | Path] = []
    for name in [named] if isinstance(named, str | Path) else named:
        if is_remote(name):
            files.append(str(name))
            continue
        for path in input_paths(name):
            folder = [p for p in visible_files(path) if p.suffix.lower() in SUFFIXES]
            files.extend(folder if path.is_dir() else [path])
    if not any(map(is_remote, files)):
        return list(input_paths(files))
    return files


def refuse_names(path: Path) -> None:
    """DataError for a file of this machine that Spark would pass over, or read as another kind."""
    if path.name.startswith((".", "_")):
        raise DataError(
            f"{path}: Spark passes over files whose names begin with {path.name[0]!r}; rename it, "
            "or leave --engine out"
        )
    if not path.is_file():
        return
    packed = InputFile.of(path).packed
    if packed != _PACKED.get(path.suffix.lower()):
        kind = f"is compressed by {packed}" if packed else "is not compressed"
        raise DataError(
            f"{path}: {kind}, and Spark goes by the name, which must end in .gz or .bz2 for files "
            "compressed by gzip or bzip2 and for no others; rename it, or leave --engine out"
        )


def refuse_empty(names: Sequence[str], paths: Sequence[str]) -> None:
    """DataError for a file of this machine that has no row."""
    seen = set(map(plain_path, paths))
    for name in names:
        if name not in seen and not is_remote(name):
            raise DataError(f"{name}: there is no row in it; name another file")
    if not seen:
        raise DataError(f"{names[0]}: there is no row in it; name another file")


def escaped(name: str) -> str:
    """The name of a file of this machine as a pattern that stands for it; a URI as it is."""
    return name if is_remote(name) else re.sub(r"([\[\]{}*?\\])", r"\\\1", name)


def plain_path(path: str) -> str:
    """What Spark says of a file, as it was named."""
    return re.sub("^file:/*", "/", unquote(path)) if path.startswith("file:") else unquote(path)


def first_rows(names: Sequence[str], paths: Sequence[str]) -> dict[str, int]:
    """The number of row 0 of each file: files in the order they are named in, then by path."""
    place = {name: number for number, name in enumerate(names)}
    order = sorted(paths, key=lambda path: (place.get(plain_path(path), len(place)), path))
    step = 1 << row_bits(len(order))
    return {path: number * step for number, path in enumerate(order)}
