"""Finds what is wrong with the installed plugins, and says what to do about it.

Plugins are imported in other interpreters only: one without torch for the spec modules, one with
everything for the targets. An interpreter that dies, or takes too long, is a finding; another
goes on after it.
"""

import json
import os
import subprocess
import sys
import threading
from collections import defaultdict
from collections.abc import Iterable, Iterator
from importlib.metadata import Distribution, distributions
from typing import Any

import attrs
from packaging.utils import canonicalize_name

from seqrec_core.registry import Registry
from seqrec_core.registry.component import CORE, core_version
from seqrec_core.registry.installed import (
    COMMANDS,
    GROUP,
    HOOKS,
    RESERVED,
    place_of,
    points_of,
)
from seqrec_core.spec import KINDS
from seqrec_tool_authoring.imports import undeclared_imports
from seqrec_tool_authoring.probe import Entry, reinstall

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
        *_unknown_groups(entries),
        *_undeclared(first.values()),
        *_failing([e for e in entries if e.distribution not in outdated], seconds),
    ]


def _plugins() -> tuple[list[Distribution], list[Finding]]:
    """The core and every plugin, in the order of the path, and those that cannot be read."""
    found, damaged = [], []
    for distribution in distributions():
        try:
            is_plugin = points_of(distribution)
        except ValueError as fault:
            remedy = "remove it, and install its distribution again"
            damaged.append(Finding(place_of(distribution), f"is damaged: {fault}", remedy))
            continue
        if is_plugin or canonicalize_name(distribution.metadata["Name"] or "") == CORE:
            found.append(distribution)
    return found, damaged


def _doubles(installed: Iterable[Distribution]) -> Iterator[Finding]:
    """Distributions that are installed twice, in two places or versions."""
    places = defaultdict(set)
    for distribution in installed:
        name = canonicalize_name(distribution.metadata["Name"])
        places[name].add((distribution.version, str(distribution.locate_file(""))))
    for name, found in sorted(places.items()):
        if len(found) > 1:
            told = " and ".join(f"{version} in {place}" for version, place in sorted(found))
            remedy = f"pip uninstall {name} until none is left, then install it once"
            yield Finding(name, f"is installed {len(found)} times: {told}", remedy)


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
        for entry, finding in _imported(stage, [e for e in known if e not in failed], seconds):
            failed.add(entry)
            yield finding


def _imported(stage: str, entries: list[Entry], seconds: float) -> Iterator[tuple[Entry, Finding]]:
    while entries:
        told, end = _probe(stage, entries, seconds)
        for entry, answer in zip(entries, told, strict=False):
            if answer:
                yield entry, Finding(entry.subject, *answer)
        if len(told) < len(entries):
            entry = entries[len(told)]
            yield entry, Finding(entry.subject, end, reinstall(entry))
        entries = entries[len(told) + 1 :]


def _probe(stage: str, entries: list[Entry], seconds: float) -> tuple[list[Any], str]:
    """What another interpreter says of each entry until it ends, and how it ended."""
    told, late = [], threading.Event()
    with subprocess.Popen(
        [
            sys.executable,
            "-c",
            f"from seqrec_tool_authoring import probe; probe.answer({stage!r})",
        ],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as run:
        assert run.stdin
        json.dump([attrs.astuple(entry) for entry in entries], run.stdin)
        run.stdin.close()
        while line := _next_line(run, seconds, late):
            told.append(json.loads(line))
    if late.is_set():
        return told, f"does not import within {seconds:g} seconds"
    return told, f"importing it ends Python with code {run.returncode}"


def _next_line(run: "subprocess.Popen[str]", seconds: float, late: threading.Event) -> str:
    """What a process prints next, nothing where it ends; it is killed if that takes too long."""

    def kill() -> None:
        late.set()
        run.kill()

    watch = threading.Timer(seconds, kill)
    watch.daemon = True
    watch.start()
    assert run.stdout
    line = run.stdout.readline()
    watch.cancel()
    return line
