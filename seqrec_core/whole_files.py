"""Files that are whole, or as they were: written beside their place, synced, moved into it."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

__all__ = ["sync", "whole_file", "write_json", "write_text"]


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Where to write a file that then takes the place of `path`, or of the link that is there.

    What an exception leaves, or a full disk, or the end of the process, is what was there before.
    """
    draft = path.with_name(f".{path.name}.draft")
    draft.unlink(missing_ok=True)  # of a process that was killed, or a link to elsewhere
    try:
        yield draft
        sync(draft)
        draft.replace(path)
        sync(path.parent)
    finally:
        draft.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Writes a whole file of UTF-8."""
    with whole_file(path) as draft:
        draft.write_text(text, encoding="utf-8")


def write_json(path: Path, data: Any) -> None:
    """Writes a whole JSON file, as a person reads it."""
    write_text(path, json.dumps(data, indent=2, ensure_ascii=False) + "\n")


def sync(path: Path) -> None:
    """Waits until a file, or the names in a folder, are on the disk."""
    if os.name == "nt" and path.is_dir():  # which opens no folders
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
