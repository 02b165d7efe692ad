"""A result in parts, which several processes write, and which is there as a whole or not at all.

    out/part-000000-<attempt>.parquet    the rows of piece 0; an attempt has a name of its own
    out/_SUCCESS                         written last: how many rows there are, and the parts

What is not finished stands in a folder that readers leave out, for its name: beside `out`, or in
it where a store knows no renaming of folders.
"""

import os
import re
import shutil
import tempfile
import uuid
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol

import attrs

from seqrec_core.errors import SeqrecError
from seqrec_core.file_lock import lock
from seqrec_core.places import Store, expanded, is_remote, local, patiently, shown
from seqrec_core.whole_files import sync, write_json

__all__ = ["MARKER", "ResultParts", "begun", "part_name"]

MARKER = "_SUCCESS"
PART = re.compile(r"part-\d{6,}-[0-9a-f]{32}\.parquet")
UNFINISHED = "_unfinished-"
MANY = 1000  # parts that a store is asked to copy at once


class ResultParts(Protocol):
    """Where parts go; it pickles, so that any process can write one."""

    @contextmanager
    def written(self, name: str) -> Iterator[Path]:
        """Where to write a part here, which is then in its place among the unfinished."""

    @contextmanager
    def opened(self, name: str) -> Iterator[Any]:
        """A part of the finished result, to read from."""

    def commit(self, names: Sequence[str], rows: int) -> None:
        """Makes these parts the result, and removes all others and an earlier result."""


def part_name(piece: int) -> str:
    """The name of an attempt at a piece."""
    return f"part-{piece:06d}-{uuid.uuid4().hex}.parquet"


@contextmanager
def begun(out: str | os.PathLike[str]) -> Iterator[ResultParts]:
    """Where the parts of a result at a path or a URI go; nothing is left of one that is not whole.

    Raises SeqrecError where something else stands there, or another process writes.
    """
    with _begun_store(str(out)) if is_remote(out) else _begun_folder(local(out)) as parts:
        yield parts


@attrs.frozen
class FolderParts:
    """The parts of a folder that all processes see."""

    out: Path
    unfinished: Path

    @contextmanager
    def written(self, name: str) -> Iterator[Path]:
        """In the unfinished folder."""
        yield self.unfinished / name

    @contextmanager
    def opened(self, name: str) -> Iterator[Any]:
        """The path."""
        yield self.out / name

    def commit(self, names: Sequence[str], rows: int) -> None:
        """Has the folder take the place of the earlier one."""
        present = {path.name for path in self.unfinished.iterdir()}
        if absent := sorted(set(names) - present):
            raise SeqrecError(
                f"{self.unfinished} has no {absent[0]}, which a process wrote: {self.out} must be "
                "on a disk that all machines see; name such a place, or a URI"
            )
        for name in present.difference(names):
            (self.unfinished / name).unlink()
        write_json(self.unfinished / MARKER, {"rows": rows, "parts": [*names]})
        sync(self.unfinished)
        replaced = _replaced(self.out)
        with suppress(FileNotFoundError):
            self.out.rename(replaced)
        self.unfinished.rename(self.out)
        sync(self.out.parent)
        shutil.rmtree(replaced, ignore_errors=True)


@contextmanager
def _begun_folder(out: Path) -> Iterator[FolderParts]:
    out = Path(os.path.abspath(out))
    out.parent.mkdir(parents=True, exist_ok=True)
    if (earlier := _replaced(out)).is_dir():  # a process was killed while it put its result there
        if out.exists():
            shutil.rmtree(earlier)
        else:
            earlier.rename(out)
    _check_free(out)
    unfinished = out.with_name(f".{out.name}.unfinished")
    unfinished.mkdir(exist_ok=True)
    descriptor = os.open(unfinished, os.O_RDONLY)
    try:
        if not lock(descriptor, wait=False) or not _is_at(descriptor, unfinished):
            raise SeqrecError(f"another process writes to {out}; wait for its end")
        for path in unfinished.iterdir():  # of one that was killed
            path.unlink()
        try:
            yield FolderParts(out, unfinished)
        finally:
            if _is_at(descriptor, unfinished):
                shutil.rmtree(unfinished, ignore_errors=True)
    finally:
        os.close(descriptor)


def _replaced(out: Path) -> Path:
    """Where an earlier result is while a new one takes its place."""
    return out.with_name(f".{out.name}.replaced")


def _is_at(descriptor: int, folder: Path) -> bool:
    with suppress(OSError):
        return os.path.samestat(os.fstat(descriptor), folder.stat())
    return False


def _check_free(out: Path) -> None:
    """Raises SeqrecError for a file, and for a folder with anything but an earlier result."""
    if out.is_dir():
        _check_names(out, (path.name for path in out.iterdir()))
    elif os.path.lexists(out):
        raise SeqrecError(f"{out} is a file, and an engine writes a folder; name another place")


def _check_names(out: Any, names: Iterable[str]) -> None:
    others = sorted(name for name in names if name != MARKER and not PART.fullmatch(name))
    if others:
        raise SeqrecError(
            f"{shown(str(out))} holds {others[0]!r}, which is no part of an earlier result; name "
            "another folder, or empty this one"
        )


@attrs.frozen
class StoreParts:
    """The parts at a URI, to which each process writes by itself."""

    uri: str
    draft: str

    @contextmanager
    def written(self, name: str) -> Iterator[Path]:
        """In a temporary folder here, uploaded at the end."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, name)
            yield path
            store = Store.of(self.uri)
            with store.explained("written"):
                store.put(path, f"{self.draft}/{name}")

    @contextmanager
    def opened(self, name: str) -> Iterator[Any]:
        """A file of the store."""
        store = Store.of(self.uri)
        with store.explained("read"), store.system.open(store.path(name), "rb") as file:
            yield file

    def commit(self, names: Sequence[str], rows: int) -> None:
        """Moves the parts; without the marker, which is last, nobody takes them for a result."""
        store = Store.of(self.uri)
        with store.explained("written"), tempfile.TemporaryDirectory() as folder:
            store.remove(MARKER)
            _remove(store, _names(store))
            for first in range(0, len(names), MANY):
                _copy(store, self.draft, names[first : first + MANY])
            marker = Path(folder, MARKER)
            write_json(marker, {"rows": rows, "parts": [*names]})
            store.put(marker, MARKER)
            store.system.invalidate_cache()


@contextmanager
def _begun_store(uri: str) -> Iterator[StoreParts]:
    uri = expanded(uri)
    store = Store.of(uri)
    names = _names(store)
    if "" in names:
        raise SeqrecError(f"{shown(uri)} is a file, and an engine writes a folder")
    _check_names(shown(uri), names)
    _discard(store)
    try:
        yield StoreParts(uri, f"{UNFINISHED}{uuid.uuid4().hex}")
    finally:
        _discard(store)


def _names(store: Store) -> list[str]:
    """The names below a URI, but for what is unfinished; "" for a file."""
    return [name for name in store.objects() if not name.startswith(UNFINISHED)]


def _copy(store: Store, draft: str, names: Sequence[str]) -> None:
    """Copies parts to their places, several at once, as stores rename nothing."""
    sources = [store.path(f"{draft}/{name}") for name in names]
    targets = [store.path(name) for name in names]
    patiently(shown(store.uri), lambda: store.system.copy(sources, targets))


def _remove(store: Store, names: Collection[str]) -> None:
    """Removes those of these files that are there, many at once."""

    def ask() -> None:
        if left := [store.path(name) for name in store.objects() if name in names]:
            store.system.rm(left)

    if names:
        patiently(shown(store.uri), ask)


def _discard(store: Store) -> None:
    """Removes all that is unfinished."""
    with store.explained("written"):
        _remove(store, {name for name in store.objects() if name.startswith(UNFINISHED)})
        for place in store.system.glob(f"{store.root}/{UNFINISHED}*"):  # folders, if there are any
            with suppress(OSError):
                store.system.rm(place, recursive=True)
