"""Paths as people write them: `~`, `${NAME}` and URIs, and the files here that stand for them.

What a URI names is fetched whole, into a cache (SEQREC_CACHE, or ~/.cache/seqrec); what is written
for one is written here, and put in place at the end. fsspec knows the protocols.
"""

import os
import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote

from seqrec_core.errors import DataError
from seqrec_core.remote_files import Remote, shown
from seqrec_core.remote_store import Store
from seqrec_core.retries import patiently

__all__ = [
    "Store", "delivered", "expanded", "here", "is_remote", "local", "matching",
    "patiently", "shown",
]  # fmt: skip

Place = str | os.PathLike[str]

_URI = re.compile(r"[A-Za-z][\w+.:-]+://")
_COLLAPSED = re.compile(r"[A-Za-z][\w+.-]+:/(?!/)")
_FILE = re.compile(r"file://", re.IGNORECASE)
_VARIABLE = re.compile(r"\$\{(\w*)\}")
_HOME = re.compile(r"~[\w.-]*(?:/|$)")


def expanded(place: Place) -> str:
    """The text with `~` and `${NAME}` replaced; DataError, which names it, for what is not set."""
    text = os.fspath(place)
    for name in _VARIABLE.findall(text):
        if name not in os.environ:
            raise DataError(
                f"{shown(text)!r}: the environment has no {name or 'variable without a name'}; "
                "set it, or write the path in full"
            )
    text = _VARIABLE.sub(lambda match: os.environ[match[1]], text)
    if _HOME.match(text):
        user = text.partition("/")[0]
        text = os.path.expanduser(text)
        if text.startswith("~"):
            raise DataError(f"{text!r}: there is no user {user[1:]!r}; write ./{user} for a file")
    return text


def is_remote(place: Place) -> bool:
    """Whether a place is a URI of another file system than that of this machine."""
    text = os.fspath(place)
    text = text if _URI.match(text) else expanded(text)
    return bool(_URI.match(text)) and not _FILE.match(text)


def matching(uri: str) -> list[str]:
    """The URIs of the files that a pattern with `*` in the path of a URI stands for, in order."""
    return Remote.of(expanded(uri)).matching()


def local(place: Place, *, without: Collection[str] = ()) -> Path:
    """Where the file or folder can be read: its own path, or that of a copy, if it is a URI.

    A copy is fetched anew where the object has changed; one that was handed out stays as it is,
    and is not to be written to. That of a folder lacks the files `without`. Raises DataError for
    what is not there, or cannot be fetched, and for protocols that nobody knows or whose library
    is missing.
    """
    text = expanded(place)
    if isinstance(place, os.PathLike) and _COLLAPSED.match(text) and not os.path.lexists(text):
        raise DataError(f"{shown(text)!r} was a URI before it became a Path; give it as a string")
    if _FILE.match(text):
        return _path_of(text)
    return Remote.of(text).fetched(without) if _URI.match(text) else Path(text)


def here(place: Place) -> Path:
    """A path of this machine, for what is written or kept here; DataError for a URI."""
    if is_remote(place):
        raise DataError(f"{shown(os.fspath(place))} is a URI; this is written here: name a path")
    return local(place)


@contextmanager
def delivered(place: Place, *, anew: bool = False) -> Iterator[Path]:
    """Where to write the file or folder: its own path, or, for a URI, one of the cache.

    There stands what the URI has, unless it is written `anew`. What then is new or other is put in
    place however the body ends, locks and schemas last; so nobody takes half of it for a whole. If
    that cannot be done, or the process is killed, the same place gives what was written.
    """
    if is_remote(place):
        with Remote.of(expanded(place)).delivered(anew=anew) as path:
            yield path
    else:
        yield local(place)


def _path_of(uri: str) -> Path:
    """The path in `file://…`."""
    path = unquote(_FILE.sub("", uri, count=1).removeprefix("localhost"))
    if not path.startswith("/"):
        raise DataError(f"{uri!r} names a machine, not a path; write file:///… in full")
    return Path(path)
