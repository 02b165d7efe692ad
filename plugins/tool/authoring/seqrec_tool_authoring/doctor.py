"""Finds what is wrong with the installed plugins, and says what to do about it.

Plugins are imported in other interpreters only: one without torch for the spec modules, one with
everything for the targets.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from importlib.metadata import Distribution, distributions

import attrs
from packaging.utils import canonicalize_name

from seqrec_core.cli.command_table import Commands
from seqrec_core.registry import Registry
from seqrec_core.registry.installed import (
    COMMANDS,
    CORE,
    GROUP,
    HOOKS,
    RESERVED,
    core_version,
    place_of,
    points_of,
)
from seqrec_core.spec import KINDS
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
    outdated = {component.distribution for component in Registry() if not component.is_compatible}
    first = {canonicalize_name(d.metadata["Name"]): d for d in reversed(installed)}
    entries = [
        Entry(distribution.metadata["Name"], point.group, point.name, point.value)
        for distribution in first.values()
        for point in points_of(distribution)
    ]
    return [
        *damaged,
        *_doubles(installed),
        *_unusable(),
        *_clashing(),
        *_unknown_groups(entries),
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


def _unusable() -> Iterator[Finding]:
    """Components whose metadata alone says that they cannot be used by their name."""
    installed = Registry()
    for component in installed:
        state, subject = installed.state(component), f"{component.kind} {component.canonical}"
        if not component.is_compatible:
            remedy = f"install a version of {component.distribution} for {CORE} {core_version()}"
            yield Finding(subject, state, remedy)
        elif state != "ok":
            remedy = f"write {component.canonical!r} in specs, or uninstall one of them"
            yield Finding(subject, f"the name {component.name!r} is declared twice", remedy)


def _clashing() -> Iterator[Finding]:
    """Commands that several distributions declare, and those that others go on from."""
    commands = Commands(Registry())
    for words in commands:
        if clash := commands.clash(words):
            yield Finding(f"command {' '.join(words)}", clash, "uninstall one of them")


def _unknown_groups(entries: Iterable[Entry]) -> Iterator[Finding]:
    known = {*RESERVED, *(f"{GROUP}{kind}" for kind in KINDS)}
    for entry in entries:
        if entry.group not in known:
            fault = f"its entry-point group {entry.group!r} is read by nobody"
            yield Finding(entry.subject, fault, f"use one of {', '.join(sorted(known))}")


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
    known = [
        entry
        for entry in entries
        if entry.group in (HOOKS, COMMANDS) or entry.group.removeprefix(GROUP) in KINDS
    ]
    failed = set()
    for stage in ("specs", "targets"):
        rest = [entry for entry in known if entry not in failed]
        for entry, (fault, remedy) in faults(stage, rest, seconds):
            failed.add(entry)
            yield Finding(entry.subject, fault, remedy)
