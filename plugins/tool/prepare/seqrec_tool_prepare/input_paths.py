"""The files that were named: paths, URIs, folders, and patterns of paths."""

from collections.abc import Sequence
from glob import glob
from pathlib import Path

from seqrec_core.errors import DataError
from seqrec_core.places import is_remote, local, matching, shown
from seqrec_tool_prepare.folder_files import files_of_folder

__all__ = ["input_paths"]


def input_paths(files: str | Path | Sequence[str | Path]) -> list[Path]:
    """One file, or several in the order they are named in; those of a pattern or folder by name.

    What exists is no pattern. A folder with a parquet file stays one, and folders that a pattern
    gives beside files are passed over. Raises DataError for a pattern without a file, and for a
    file that stands twice.
    """
    named = [files] if isinstance(files, str | Path) else list(files)
    if not named or "" in named:
        raise DataError("no file is named; name one or more")
    paths = [path for name in named for path in _paths(name)]
    known: set[tuple[int, int] | Path] = set()
    for path in paths:
        identity = _identity(path)
        if identity in known:
            raise DataError(f"{path}: named twice, which would count its rows twice; name it once")
        known.add(identity)
    return paths


def _identity(path: Path) -> tuple[int, int] | Path:
    """What two names of one file, or links to it, have in common."""
    try:
        status = path.stat()
    except (OSError, ValueError):
        return path
    return status.st_dev, status.st_ino


def _paths(name: str | Path) -> list[Path]:
    if is_remote(name) and "*" in str(name):
        if uris := matching(str(name)):
            return [local(uri) for uri in uris]
        raise DataError(f"{shown(name)}: no file has a name of this pattern; see how it is spelled")
    path = local(name)
    if is_remote(name) or not set("*?[") & set(str(name)) or path.exists():
        return files_of_folder(path) if path.is_dir() else [path]
    matches = [Path(match) for match in sorted(glob(str(path), recursive=True))]
    if not matches:
        raise DataError(f"{path}: no file has a name of this pattern; see to its folder and name")
    files = [path for path in matches if not path.is_dir()]
    return files or [path for folder in matches for path in files_of_folder(folder)]
