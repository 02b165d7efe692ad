"""A result in parts at a URI: uploaded to a draft within it, then copied; the marker decides.

    _unfinished-<command>/part-…    a draft, with the parts that processes of one command wrote
    part-…                          of the result, if _SUCCESS lists it

Stores have neither locks nor renaming. Names of parts are unique, so commands at the same time
spoil nothing of each other's: each removes its own draft, and the last to put its marker has its
result there.
"""

import json
import re
import tempfile
import uuid
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import attrs

from seqrec_core.errors import DataError, SeqrecError
from seqrec_core.places import Store, expanded, patiently, shown
from seqrec_core.terminal import echo
from seqrec_tool_run.part_names import MARKER, check_names, is_part

__all__ = ["StoreParts", "begun_store"]

UNFINISHED = "_unfinished-"
HOURS = 24  # for which a draft is left that may be of a running command
ROUNDS = 5  # in which commands that end at the same time come to terms
MANY = 1000  # parts that a store is asked to copy at once
_DRAFT = re.compile(rf"({UNFINISHED}[0-9a-f]{{32}})/([^/]+)")


@attrs.define
class StoreParts:
    """The parts at a URI, to which each process writes by itself.

    A draft that `is_kept` stays when the command ends.
    """

    uri: str
    draft: str
    is_kept: bool = False

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
        store, path = Store.of(self.uri), f"{self.draft}/{name}"
        with store.explained("read"), store.system.open(store.path(path), "rb") as file:
            yield file

    def commit(self, names: Sequence[str], rows: int) -> None:
        """Copies the parts, then replaces the marker, then removes what that does not list."""
        store = Store.of(self.uri)
        try:
            with store.explained("written"):
                self._check(store, names)
                self._copy(store, names)
        except BaseException as cause:
            with suppress(Exception):  # no marker lists them
                _remove(store, {*names})
            self._keep(cause, "is as it was")
            raise
        marker = (json.dumps({"rows": rows, "parts": [*names]}, indent=2) + "\n").encode()
        try:
            with store.explained("written"):
                self._mark(store, names, marker)
        except SeqrecError as cause:  # the marker may come to be there: both results stay whole
            self._keep(cause, f"has a whole result in the parts that {MARKER} lists")
        except KeyboardInterrupt:
            if not _is_there(store, marker):
                raise
            _remove_others(store, names)

    def _check(self, store: Store, names: Sequence[str]) -> None:
        """Raises SeqrecError where a part is missing, or something has come that is no part."""
        present = store.objects()
        if absent := [name for name in names if f"{self.draft}/{name}" not in present]:
            raise SeqrecError(
                f"{shown(self.uri)}/{self.draft} has no {absent[0]}, which a process wrote: "
                "somebody removed it; predict again"
            )
        check_names(self.uri, _placed(present))

    def _copy(self, store: Store, names: Sequence[str]) -> None:
        """Copies parts to their places, several at once, as stores rename nothing."""
        for first in range(0, len(names), MANY):
            some = names[first : first + MANY]
            sources = [store.path(f"{self.draft}/{name}") for name in some]
            targets = [store.path(name) for name in some]
            patiently(shown(self.uri), partial(store.system.copy, sources, targets))

    def _mark(self, store: Store, names: Sequence[str], marker: bytes) -> None:
        """Repeats what another command undid that ended at the same time."""
        for _ in range(ROUNDS):
            _put(store, marker)
            _remove_others(store, names)
            present = store.objects()
            missing = [name for name in names if name not in present]
            if not missing and _is_there(store, marker):
                store.system.invalidate_cache()
                return
            self._copy(store, missing)
        raise SeqrecError(f"{shown(self.uri)}: others write to it; name a place for each command")

    def _keep(self, cause: BaseException, state: str) -> None:
        """Raises what says where the draft is kept, for a fault that is no interruption."""
        if isinstance(cause, SeqrecError):
            self.is_kept = True
            raise DataError(
                f"{cause}; {shown(self.uri)} {state}, and the new parts are kept for {HOURS} hours "
                f"in {self.draft} there"
            ) from cause


@contextmanager
def begun_store(uri: str) -> Iterator[StoreParts]:
    """The parts at a URI; see `result_parts.begun`."""
    uri = expanded(uri)
    store = Store.of(uri)
    objects = store.objects()
    if "" in objects:
        raise SeqrecError(f"{shown(uri)} is a file, and an engine writes a folder")
    check_names(uri, _placed(objects))
    _settle(store, objects)
    parts = StoreParts(uri, f"{UNFINISHED}{uuid.uuid4().hex}")
    try:
        yield parts
    finally:
        if not parts.is_kept:
            try:
                _discard(store, parts.draft)
            except SeqrecError as fault:
                echo(f"{fault}; {parts.draft} may be left there", error=True)


def _settle(store: Store, objects: Mapping[str, Any]) -> None:
    """Removes drafts that nobody has written to for long, and tells of others."""
    drafts: dict[str, list[str]] = {}
    for name in objects:
        if match := _is_of_draft(name):
            drafts.setdefault(match, []).append(name)
    young = 0
    for draft, names in drafts.items():
        if any(_is_young(store, name, objects[name]) for name in names):
            young += 1
        else:
            _discard(store, draft)
    if young:
        echo(
            f"{shown(store.uri)}: {young:,} other prediction{'s' * (young > 1)} of the last "
            f"{HOURS} hours did not end, or still write{'s' * (young == 1)} there; what is in "
            f"{UNFINISHED}… is left",
            error=True,
        )


def _is_young(store: Store, name: str, info: Mapping[str, Any]) -> bool:
    """Whether a file was written lately, or the store does not say when."""
    times = [value for value in info.values() if isinstance(value, datetime)]
    with suppress(Exception):  # a store that has no such question
        times = times or [store.system.modified(store.path(name))]
    aware = [time if time.tzinfo else time.replace(tzinfo=UTC) for time in times]
    return not aware or max(aware) > datetime.now(UTC) - timedelta(hours=HOURS)


def _is_of_draft(name: str) -> str | None:
    """The draft that a file is a part of."""
    match = _DRAFT.fullmatch(name)
    return match[1] if match and is_part(match[2]) else None


def _placed(names: Iterable[str]) -> list[str]:
    """The names that are of no draft."""
    return [name for name in names if not _is_of_draft(name)]


def _put(store: Store, marker: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, MARKER)
        path.write_bytes(marker)
        store.put(path, MARKER)


def _is_there(store: Store, marker: bytes) -> bool:
    return MARKER in store.objects() and store.read(MARKER) == marker


def _remove_others(store: Store, names: Sequence[str]) -> None:
    """Removes all parts in their places but these."""
    _remove(store, {name for name in store.objects() if is_part(name)} - {*names})


def _remove(store: Store, names: Collection[str]) -> None:
    """Removes those of these files that are there, many at once."""

    def ask() -> None:
        if left := [store.path(name) for name in store.objects() if name in names]:
            try:
                store.system.rm(left)
            except FileNotFoundError as cause:  # another command was quicker: look again
                raise InterruptedError(f"{cause} is gone") from cause

    if names:
        patiently(shown(store.uri), ask)


def _discard(store: Store, draft: str) -> None:
    """Removes a draft."""
    with store.explained("written"):
        _remove(store, {name for name in store.objects() if _is_of_draft(name) == draft})
        for place in store.system.glob(store.path(draft)):  # a folder, if there are any
            with suppress(OSError):
                store.system.rm(place, recursive=True)
