"""Finds what is wrong with the installed plugins, and says what to do about it.

Plugins are imported in other interpreters only: one without torch for the spec modules, one with
everything for the targets.
"""

import difflib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from importlib.metadata import Distribution, distributions

import attrs
from packaging.utils import canonicalize_name

from seqrec_core.cli.command_table import Commands
from seqrec_core.errors import AmbiguousNameError, IncompatiblePluginError
from seqrec_core.registry import Registry
from seqrec_core.registry.installed import (
    COMMANDS,
    CORE,
    GROUP,
    HOOKS,
    KINDS_GROUP,
    RESERVED,
    SUITES,
    TEMPLATES,
    clash,
    core_version,
    place_of,
    points_of,
)
from seqrec_tool_authoring.entry_checks import Entry
from seqrec_tool_authoring.imports import undeclared_imports
from seqrec_tool_authoring.other_interpreter import faults

__all__ = ["Finding", "diagnose"]


@attrs.frozen
class Finding:
    """Something wrong: with which distribution or component, what, and what to do."""

    subject: str
    fault: str
    remedy: str


def diagnose(seconds: float = 60) -> list[Finding]:
    """Everything that is wrong with the installed plugins; nothing is imported here.

    A plugin whose import takes longer than `seconds` is given up.
    """
    installed, damaged = _plugins()
    outdated = {point.distribution for point in Registry().points if not point.is_compatible}
    first = {canonicalize_name(d.metadata["Name"]): d for d in reversed(installed)}
    entries = [
        Entry(distribution.metadata["Name"], point.group, point.name, point.value)
        for distribution in first.values()
        for point in points_of(distribution)
    ]
    return [
        *damaged,
        *_doubles(installed),
        *dict.fromkeys(_unusable(Registry())),
        *_clashing(Registry()),
        *_unusable_kinds(Registry()),
        *_reserved(entries),
        *_orphans(entries, Registry().kinds()),
        *_undeclared(first.values()),
        *_failing([e for e in entries if e.distribution not in outdated], seconds),
    ]


def _plugins() -> tuple[list[Distribution], list[Finding]]:
    """The core and every plugin, in the order of the path, and those that cannot be read."""
    plugins, damaged = [], []
    for distribution in distributions():
        try:
            is_plugin = points_of(distribution)
        except ValueError as fault:
            remedy = "remove it, and install its distribution again"
            damaged.append(Finding(place_of(distribution), f"is damaged: {fault}", remedy))
            continue
        if is_plugin or canonicalize_name(distribution.metadata["Name"] or "") == CORE:
            plugins.append(distribution)
    return plugins, damaged


def _doubles(installed: Iterable[Distribution]) -> Iterator[Finding]:
    """Distributions that are installed twice, in two places or versions."""
    places = defaultdict(set)
    for distribution in installed:
        name = canonicalize_name(distribution.metadata["Name"])
        places[name].add((distribution.version, str(distribution.locate_file(""))))
    for name, copies in sorted(places.items()):
        if len(copies) > 1:
            where = " and ".join(f"{version} in {place}" for version, place in sorted(copies))
            remedy = f"pip uninstall {name} until none is left, then install it once"
            yield Finding(name, f"is installed {len(copies)} times: {where}", remedy)


def _unusable(installed: Registry) -> Iterator[Finding]:
    """Components whose metadata alone says that they cannot be used by their name."""
    for component in installed:
        state, subject = installed.state(component), f"{component.kind} {component.canonical}"
        if not component.is_compatible:
            remedy = f"install a version of {component.distribution} for {CORE} {core_version()}"
            yield Finding(subject, state, remedy)
        elif state.startswith("ambiguous: is declared"):
            fault, _, remedy = state.removeprefix("ambiguous: ").rpartition("; ")
            yield Finding(subject, fault, remedy)
        elif state.startswith("ambiguous"):
            remedy = f"write {component.canonical!r} in specs, or uninstall one of them"
            yield Finding(subject, f"the name {component.name!r} is declared twice", remedy)


def _clashing(installed: Registry) -> Iterator[Finding]:
    """What is declared more often than once, besides components and kinds.

    That is commands, where others go on from them too, suites and templates; and of one
    distribution anything.
    """
    commands = Commands(installed)
    rivalries = {f"command {' '.join(words)}": commands.clash(words) for words in commands}
    table = defaultdict(list)
    for point in installed.points:
        owner = "" if point.group in (SUITES, TEMPLATES) else point.distribution
        if point.group in {*RESERVED} - {COMMANDS, KINDS_GROUP}:
            table[f"{point.group.removeprefix(GROUP)} {point.name}", owner].append(point)
    rivalries |= {name: clash(points) for (name, _), points in table.items() if len(points) > 1}
    for subject, rivalry in rivalries.items():
        if rivalry:
            fault, _, remedy = rivalry.rpartition("; ")
            yield Finding(subject, fault, remedy)


def _unusable_kinds(installed: Registry) -> Iterator[Finding]:
    """Kinds that several distributions declare, and those that were made for another core."""
    for name in installed.kinds():
        try:
            if not installed.kind(name).is_compatible:
                _ = installed.kind(name).base
        except (AmbiguousNameError, IncompatiblePluginError) as error:
            sentence = str(error)
            cut = max(sentence.rfind("; "), sentence.rfind(". "))
            yield Finding(f"kind {name}", sentence[:cut], sentence[cut + 2 :])


def _reserved(entries: Iterable[Entry]) -> Iterator[Finding]:
    """Kinds by names that groups of another purpose have."""
    for entry in entries:
        if _is_reserved(entry):
            fault = f"the name {entry.name!r} is reserved, and the kind is left out"
            yield Finding(entry.subject, fault, "call the kind something else")


def _is_reserved(entry: Entry) -> bool:
    return entry.group == KINDS_GROUP and f"{GROUP}{entry.name}" in RESERVED


def _orphans(entries: Iterable[Entry], kinds: Iterable[str]) -> Iterator[Finding]:
    """Entry points of a group that is read by nobody, as where the kind is not installed."""
    known = [*(group.removeprefix(GROUP) for group in RESERVED), *kinds]
    for entry in entries:
        kind = entry.group.removeprefix(GROUP)
        if kind not in known:
            fault = f"its entry-point group {entry.group!r} is read by nobody"
            remedy = f"install the distribution that declares the kind {kind!r}, or mend the name"
            if close := difflib.get_close_matches(kind, known, n=1, cutoff=0.8):
                remedy += f"; did you mean '{GROUP}{close[0]}'?"
            yield Finding(entry.subject, fault, remedy)


def _undeclared(installed: Iterable[Distribution]) -> Iterator[Finding]:
    for distribution in installed:
        name = distribution.metadata["Name"]
        if canonicalize_name(name) == CORE:
            continue
        packages = {
            point.value.partition(":")[0].partition(".")[0] for point in points_of(distribution)
        }
        for module, place in undeclared_imports(distribution, packages).items():
            remedy = f"add what provides {module!r} to its dependencies, and install it again"
            yield Finding(name, f"imports {module!r} ({place}) but does not declare it", remedy)


def _failing(entries: Iterable[Entry], seconds: float) -> Iterator[Finding]:
    """What only shows when spec modules, and then targets, are imported."""
    groups = {HOOKS, COMMANDS, KINDS_GROUP, *(f"{GROUP}{kind}" for kind in Registry().kinds())}
    known = [entry for entry in entries if entry.group in groups and not _is_reserved(entry)]
    failed = set()
    for stage in ("specs", "targets"):
        rest = [entry for entry in known if entry not in failed]
        for entry, (fault, remedy) in faults(stage, rest, seconds):
            failed.add(entry)
            yield Finding(entry.subject, fault, remedy)
