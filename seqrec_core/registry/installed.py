"""Which distributions are installed and declare entry points of ours: metadata only."""

import warnings
from collections.abc import Iterator
from importlib.metadata import Distribution, EntryPoint, distributions

from packaging.utils import canonicalize_name

__all__ = ["GROUP", "HOOKS", "hook_points", "place_of", "plugins", "points_of"]

GROUP = "seqrec."  # entry-point groups are GROUP + kind
HOOKS = f"{GROUP}hooks"


def plugins() -> Iterator[tuple[Distribution, list[EntryPoint]]]:
    """Each plugin with its entry points of ours; the first on the path wins, as in import.

    One whose metadata cannot be read is left out with a warning.
    """
    seen = set()
    for distribution in distributions():
        try:
            points = points_of(distribution)
        except ValueError as fault:
            message = f"{place_of(distribution)} is damaged and left out: {fault}"
            warnings.warn(message, RuntimeWarning, stacklevel=1)
            continue
        if points and (name := canonicalize_name(distribution.metadata["Name"])) not in seen:
            seen.add(name)
            yield distribution, points


def points_of(distribution: Distribution) -> list[EntryPoint]:
    """The entry points of ours that a distribution declares.

    Raises ValueError if its metadata cannot be read, as where an uninstall was interrupted.
    """
    if f"[{GROUP}" not in (distribution.read_text("entry_points.txt") or ""):
        return []
    try:
        points = [p for p in distribution.entry_points if p.group.startswith(GROUP)]
    except TypeError:  # what importlib.metadata raises for a line without "="
        raise ValueError("entry_points.txt has a line that is no entry point") from None
    if not (distribution.metadata["Name"] and distribution.metadata["Version"]):
        raise ValueError("METADATA has no name or no version")
    return points


def place_of(distribution: Distribution) -> str:
    """Where the metadata of a distribution lies."""
    return str(getattr(distribution, "_path", distribution.locate_file("")))


def hook_points() -> list[tuple[str, EntryPoint]]:
    """Every entry point of hooks with the name of its distribution."""
    found = [(d.metadata["Name"], p) for d, points in plugins() for p in points if p.group == HOOKS]
    return sorted(found, key=lambda pair: pair[1].value)
