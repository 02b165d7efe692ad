"""Which distributions are installed and declare entry points of ours: metadata only."""

import importlib
import importlib.metadata
import logging
import re
import warnings
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.metadata import Distribution, EntryPoint, distributions
from time import perf_counter
from typing import Any

import attrs
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import InvalidName, canonicalize_name

from seqrec_core.errors import BrokenPluginError, IncompatiblePluginError, words_of

_log = logging.getLogger("seqrec.registry")

CORE = "seqrec-core"
GROUP = "seqrec."  # groups of entry points are GROUP + kind, and these:
HOOKS = f"{GROUP}hooks"
COMMANDS = f"{GROUP}commands"
COMMAND_GROUPS = f"{GROUP}groups"
RENAMES = f"{GROUP}renames"
KINDS_GROUP = f"{GROUP}kinds"
SUITES = f"{GROUP}suites"
TEMPLATES = f"{GROUP}templates"
PRESETS = f"{GROUP}presets"
KNOWN = f"{GROUP}known"
MIGRATIONS = f"{GROUP}migrations"
RESERVED = (
    *(KINDS_GROUP, HOOKS, COMMANDS, COMMAND_GROUPS, SUITES),
    *(TEMPLATES, PRESETS, RENAMES, KNOWN, MIGRATIONS),
)

_CORE_REQUIREMENT = re.compile(
    r"seqrec[-_.]+core\s*(?:\[[^]]*\]\s*)?\(?([<>=!~][^;)]*)?\)?\s*(?:;|$)", re.IGNORECASE
)


@cache
def core_version() -> str:
    """The installed version of the core."""
    return importlib.metadata.version(CORE)


@cache
def accepts_core(core_range: str) -> bool:
    """Whether a range of versions, such as `>=0.1,<0.2`, has the installed one."""
    try:
        return SpecifierSet(core_range).contains(core_version(), prereleases=True)
    except InvalidSpecifier:
        return False


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
    def is_compatible(self) -> bool:
        """Whether the distribution was made for this version of the core."""
        return accepts_core(self.core_range)

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

    def load_as(self, subject: str) -> Any:
        """What it names; errors call it `subject`, such as "loss 'ce'", and say the distribution.

        Raises IncompatiblePluginError, or BrokenPluginError with the root cause.
        """
        origin = f"{subject} of {self.distribution} {self.version}"
        if not self.is_compatible:
            raise IncompatiblePluginError(
                f"{origin} asks for {CORE}{self.core_range}; installed is {CORE} {core_version()}. "
                f"Install a version of {self.distribution} made for it"
            )
        try:
            start = perf_counter()
            loaded = self.load()
            _log.info("%s: loaded in %.0f ms", origin, 1000 * (perf_counter() - start))
            return loaded
        except (Exception, SystemExit) as cause:
            raise BrokenPluginError(
                f"{origin} does not load: {words_of(cause)}. Reinstall or remove "
                f"{self.distribution}"
            ) from cause


def clash(points: Sequence[Point], remedy: str = "uninstall one of them") -> str:
    """Who declares what only one may, perhaps one distribution twice, and what to do about it."""
    owner = points[0].distribution
    if any(point.distribution != owner for point in points):
        owners = (f"{p.distribution} ({p.name})" for p in points)  # names of commands may differ
        if points[0].group != COMMANDS:
            owners = (point.distribution for point in points)
        return f"is declared by {' and by '.join(dict.fromkeys(owners))}; {remedy}"
    ways = " and as ".join(f"{point.name} = {point.value}" for point in points)
    return f"is declared by {owner} as {ways}; keep one of them, and install {owner} again"


@cache
def core_points() -> tuple[Point, ...]:
    """What the core declares in any registry: its kinds, and what it knows of first-party plugins.

    They are there even where a registry is told which other entry points there are.
    """
    return tuple(
        Point(entry.group, entry.name, entry.value, CORE, core_version())
        for entry in points_of(importlib.metadata.distribution(CORE))
        if entry.group in (KINDS_GROUP, KNOWN)
    )


def installed_points() -> Iterator[Point]:
    """Every entry point of ours; of two distributions of one name the first on the path counts.

    A distribution whose metadata cannot be read is left out with a warning.
    """
    seen = set()
    for distribution in distributions():
        try:
            entries, (name, version, core_range) = _declared(distribution)
        except ValueError as fault:
            message = f"{place_of(distribution)} is damaged and left out: {fault}"
            warnings.warn(message, RuntimeWarning, stacklevel=1)
            continue
        if entries and canonicalize_name(name) not in seen:
            seen.add(canonicalize_name(name))
            for entry in entries:
                yield Point(entry.group, entry.name, entry.value, name, version, core_range)


def points_of(distribution: Distribution) -> list[EntryPoint]:
    """The entry points of ours that a distribution declares.

    Raises ValueError if its metadata cannot be read, as where an uninstall was interrupted.
    """
    return _declared(distribution)[0]


def _declared(distribution: Distribution) -> tuple[list[EntryPoint], tuple[str, str, str]]:
    """The entry points of ours, and `_headers`, which are empty where there are none."""
    if f"[{GROUP}" not in (distribution.read_text("entry_points.txt") or ""):
        return [], ("", "", "")
    try:
        entries = [p for p in distribution.entry_points if p.group.startswith(GROUP)]
    except TypeError:  # what importlib.metadata raises for a line without "="
        raise ValueError("entry_points.txt has a line that is no entry point") from None
    return entries, _headers(distribution)


def _headers(distribution: Distribution) -> tuple[str, str, str]:
    """Name, version and the versions of the core that a distribution asks for.

    Only the lines that say so are read: parsing all of a hundred files costs 50 ms. Raises
    ValueError where name or version is missing.
    """
    text = distribution.read_text("METADATA") or distribution.read_text("PKG-INFO") or ""
    headers = dict.fromkeys(("name", "version"), "")
    core_range = ""
    for line in text.partition("\n\n")[0].splitlines():
        key, _, value = line.partition(": ")
        if key == "Requires-Dist" and (match := _CORE_REQUIREMENT.match(value)):
            core_range = core_range or (match[1] or "").strip()
        elif key.lower() in headers:
            headers[key.lower()] = value.strip()
    if not all(headers.values()):
        raise ValueError("METADATA has no name or no version")
    try:
        canonicalize_name(headers["name"], validate=True)
    except InvalidName:
        raise ValueError(f"METADATA has a name that is none: {headers['name']!r}") from None
    return headers["name"], headers["version"], core_range


def place_of(distribution: Distribution) -> str:
    """Where the metadata of a distribution lies."""
    return str(getattr(distribution, "_path", distribution.locate_file("")))
