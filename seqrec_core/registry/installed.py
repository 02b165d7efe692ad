"""Which distributions are installed and declare entry points of ours: metadata only."""

import importlib
import re
import warnings
from collections.abc import Iterable, Iterator
from importlib.metadata import Distribution, EntryPoint, distributions
from typing import Any

import attrs
from packaging.utils import canonicalize_name

__all__ = [
    "COMMANDS",
    "COMMAND_GROUPS",
    "GROUP",
    "HOOKS",
    "RENAMES",
    "RESERVED",
    "Point",
    "installed_points",
    "place_of",
    "points_of",
]

GROUP = "seqrec."  # groups of entry points are GROUP + kind, and these:
HOOKS = f"{GROUP}hooks"
COMMANDS = f"{GROUP}commands"
COMMAND_GROUPS = f"{GROUP}groups"
RENAMES = f"{GROUP}renames"
RESERVED = (HOOKS, COMMANDS, COMMAND_GROUPS, RENAMES)

_CORE_REQUIREMENT = re.compile(
    r"seqrec[-_.]+core\s*(?:\[[^]]*\]\s*)?\(?([<>=!~][^;)]*)?\)?\s*(?:;|$)", re.IGNORECASE
)


@attrs.frozen
class Point:
    """An entry point with the distribution that declares it, and the core that this asks for."""

    group: str
    name: str
    value: str
    distribution: str
    version: str
    core_range: str = ""

    @property
    def module(self) -> str:
        """The module that it names."""
        return self.value.partition(":")[0]

    def load(self) -> Any:
        """What it names: a module, or an attribute of one. Raises whatever importing raises."""
        module, _, attributes = self.value.partition(":")
        target: Any = importlib.import_module(module)
        for attribute in filter(None, attributes.split(".")):
            target = getattr(target, attribute)
        return target


def installed_points() -> Iterator[Point]:
    """Every entry point of ours; of two distributions of one name the first on the path counts.

    A distribution whose metadata cannot be read is left out with a warning.
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
            yield from _with_owner(distribution, points)


def _with_owner(distribution: Distribution, points: Iterable[EntryPoint]) -> Iterator[Point]:
    metadata = distribution.metadata
    core_range = _core_range(metadata.get_all("Requires-Dist") or ())
    for point in points:
        yield Point(
            point.group, point.name, point.value, metadata["Name"], metadata["Version"], core_range
        )


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


def _core_range(requirements: Iterable[str]) -> str:
    """The versions of the core that a distribution asks for, such as `>=0.1,<0.2`."""
    matches = (_CORE_REQUIREMENT.match(line) for line in requirements)
    return next(((match[1] or "").strip() for match in matches if match), "")
