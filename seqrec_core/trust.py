"""What a lock may name without being trusted: nothing outside of its bundle."""

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from packaging.utils import InvalidName, canonicalize_name
from packaging.version import InvalidVersion, Version

from seqrec_core.errors import BundleError
from seqrec_core.places import is_remote

__all__ = ["check_reach", "is_distribution", "is_name"]

_ABSOLUTE = re.compile(r"\s*(?:[/\\]|[A-Za-z][\w+.-]*:[/\\])|[^\n]*?://")
_ELSEWHERE = re.compile(r"\s*~|(?:.*[/\\])?\.\.(?:[/\\]|\s*$)", re.DOTALL)
_EXPANDED = re.compile(r"~|.*\$\{", re.DOTALL)
_LONGEST = 4096  # longer text is no path
FOLDER = "data.folder"
_ADVICE = "if you know who wrote it, trust it: --trust, or Bundle.load(…, trust=True)"


def is_name(text: str) -> bool:
    """Whether a text is the name of a distribution, and nothing that a shell or pip would obey."""
    try:
        return bool(canonicalize_name(text, validate=True)) and text.isascii() and "\n" not in text
    except InvalidName:
        return False


def is_distribution(name: Any, version: Any) -> bool:
    """Whether these are a name and a version, or "", as `pip install` takes them."""
    try:
        is_version = version == "" or (version.isascii() and bool(Version(version)))
        return is_version and is_name(name)
    except (InvalidVersion, TypeError, AttributeError):
        return False


def check_reach(lock: Mapping[str, Any], folder: Path, file: Path) -> None:
    """Raises BundleError for a lock, read from `file`, that leads out of the folder of its bundle.

    By an absolute path, `..`, `~`, `${NAME}`, a URL or a link; nor may a folder in it be a link
    out of it, for what is written there. The data folder may stand beside the bundle, or at a URI,
    which nobody reads who does not trust the lock; trackers, which nothing builds from a lock, may
    be anywhere.
    """
    root = folder.resolve()
    for place in folder.iterdir():
        if place.is_symlink() and place.is_dir() and _is_link_out(root, place.name):
            target = place.resolve()
            raise BundleError(f"{place} is a link out of the bundle, to {target}; {_ADVICE}")
    for path, text in _texts({key: part for key, part in lock.items() if key != "trackers"}):
        if path == FOLDER and "://" in text.partition("${")[0] and is_remote(text):
            continue
        is_outside = bool(_ABSOLUTE.match(text) or _EXPANDED.match(text))
        if path != FOLDER and len(text) <= _LONGEST:
            is_outside |= bool(_ELSEWHERE.match(text)) or _is_link_out(root, text)
        if is_outside:
            shown = repr(text if len(text) < 100 else f"{text[:100]}…")
            raise BundleError(
                f"{file}: {path[:200]!r} leads out of the bundle, to {shown}; {_ADVICE}"
            )


def _is_link_out(root: Path, text: str) -> bool:
    place = root / text
    try:
        return os.path.lexists(place) and not place.resolve().is_relative_to(root)
    except (ValueError, OSError, RuntimeError):  # a null character, a circle of links
        return False


def _texts(lock: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Every text in plain data, keys too, with its path."""
    queue: list[tuple[str, Any]] = [("", lock)]
    while queue:
        path, node = queue.pop()
        if isinstance(node, str):
            yield path, node
        elif isinstance(node, Mapping):
            yield from ((path, key) for key in node)
            queue += [(f"{path}.{key}" if path else key, each) for key, each in node.items()]
        elif isinstance(node, list | tuple):
            queue += [(f"{path}[{index}]", each) for index, each in enumerate(node)]
