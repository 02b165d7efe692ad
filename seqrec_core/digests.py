"""Digests of files, and of plain data: what tells that a file is as it was written."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from seqrec_core.errors import BundleError

__all__ = ["check_file", "check_folder", "data_digest", "file_digest", "folder_digests"]

RESTORE = "restore it from a copy, or train anew"


def file_digest(path: Path) -> str:
    """`sha256:…` of what a file holds, read in pieces."""
    with path.open("rb") as file:
        return f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"


def data_digest(data: Any) -> str:
    """`sha256:…` of plain data, however its text is laid out."""
    text = json.dumps(data, sort_keys=True, separators=(",", ":"))
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def folder_digests(folder: Path) -> dict[str, str]:
    """Those of all files below a folder, by path as seen from there."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): file_digest(path) for path in files}


def check_file(folder: Path, name: str, digests: Mapping[str, str]) -> None:
    """Raises BundleError unless a file of a bundle is there, and as the table in its lock says.

    One that the table leaves out must not be there.
    """
    path = folder / name
    if name not in digests:
        if path.exists():
            raise BundleError(f"{path} is not of this bundle, whose lock has no digest of it")
        return
    if not path.is_file():
        what = "no file" if path.exists() else "missing"
        raise BundleError(f"{path} is {what}: {RESTORE}")
    try:
        is_same = file_digest(path) == digests[name]
    except OSError as cause:
        raise BundleError(f"{path} cannot be read: {cause}; {RESTORE}") from cause
    if not is_same:
        size = path.stat().st_size
        what = "empty" if not size else f"not the file that was written ({size:,} bytes)"
        raise BundleError(f"{path} is damaged: it is {what}; {RESTORE}")


def check_folder(folder: Path, name: str, digests: Mapping[str, str]) -> None:
    """Like check_file, of each file below a folder of the bundle."""
    below = {path.relative_to(folder).as_posix() for path in (folder / name).rglob("*")}
    files = {path for path in below if not (folder / path).is_dir()}
    for path in sorted(files | {each for each in digests if each.startswith(f"{name}/")}):
        check_file(folder, path, digests)
