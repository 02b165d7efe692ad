"""Adds to a pyproject.toml what a further component needs; every other line stays as it is."""

import json
import re
import tomllib
from collections.abc import Iterable
from copy import deepcopy
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

__all__ = ["with_additions"]

Table = dict[str, Any]
_POINTS = "entry-points"
_EXTRAS = "optional-dependencies"
_DEPENDENCIES = "dependencies"


def with_additions(text: str, addition: str) -> str:
    """The text of a project with the entry points and requirements of another.

    What it requires in any form stays as it is; it never requires itself. Raises ValueError, with
    what to write by hand, for a project that is written in some other way or has the entry point.
    """
    project, other = _project(text), _project(addition)
    aim = deepcopy(project)
    for key in _dynamic(project, other):
        raise ValueError(f"leaves {key!r} to its build backend; list it under [project] instead")
    for group, points in other[_POINTS].items():
        text = _with_points(text, aim, group, points)
    itself = project.get("name", "")
    missing = _missing(other[_DEPENDENCIES], [itself, *project.get(_DEPENDENCIES, ())])
    text = _with_requirements(text, aim, (), _DEPENDENCIES, missing)
    extras = [itself, *(line for lines in aim.get(_EXTRAS, {}).values() for line in lines)]
    for extra, lines in other.get(_EXTRAS, {}).items():
        text = _with_requirements(text, aim, (_EXTRAS,), extra, _missing(lines, extras))
    try:
        done = tomllib.loads(text).get("project") == aim
    except tomllib.TOMLDecodeError:
        done = False
    if not done:
        raise ValueError(f"is written in a way that cannot be added to; add yourself:\n{addition}")
    return text


def _project(text: str) -> Table:
    try:
        project = tomllib.loads(text).get("project")
    except tomllib.TOMLDecodeError as cause:
        raise ValueError(f"does not parse: {cause}; correct it first") from cause
    if not isinstance(project, dict):
        raise ValueError("has no table [project]; name and version of the distribution go there")
    return project


def _dynamic(project: Table, other: Table) -> list[str]:
    keys: list[str] = project.get("dynamic", [])
    return [key for key in keys if key in other and key in (_POINTS, _EXTRAS, _DEPENDENCIES)]


def _with_points(text: str, project: Table, group: str, points: dict[str, str]) -> str:
    present = project.setdefault(_POINTS, {}).setdefault(group, {})
    for name in points:
        if name in present:
            raise ValueError(f"has an entry point {name!r} of {group} already; choose another name")
    present |= points
    rows = [f"{name} = {json.dumps(value)}" for name, value in points.items()]
    return _inserted(text, ("project", _POINTS, group), rows, at_end=True)


def _with_requirements(
    text: str, project: Table, place: tuple[str, ...], key: str, requirements: list[str]
) -> str:
    """The text with requirements in front of those that a list of them has."""
    if not requirements:
        return text
    table = project
    for name in place:
        table = table.setdefault(name, {})
    has_list = key in table
    table[key] = [*requirements, *table.get(key, ())]
    header = ("project", *place)
    rows = [f"    {json.dumps(line, ensure_ascii=False)}," for line in requirements]
    if not has_list:
        return _inserted(text, header, [f"{_key(key)} = [", *rows, "]"], at_end=False)
    lines = text.split("\n")
    opening = re.compile(rf"""\s*["']?{re.escape(key)}["']?\s*=\s*\[""")
    for number in range(*_extent(lines, header)):
        if match := opening.match(lines[number]):
            rest = lines[number][match.end() :]
            lines[number : number + 1] = [match[0], *rows, *([rest] if rest.strip() else [])]
            break
    return "\n".join(lines)


def _inserted(text: str, header: tuple[str, ...], rows: list[str], *, at_end: bool) -> str:
    """The text with rows in the table of a header, which is added where it is missing."""
    lines = text.rstrip().split("\n")
    start, end = _extent(lines, header)
    if start == end:
        return "\n".join([*lines, "", f"[{'.'.join(map(_key, header))}]", *rows, ""])
    while not lines[end - 1].strip():
        end -= 1
    place = end if at_end else start
    return "\n".join([*lines[:place], *rows, *lines[place:], ""])


def _extent(lines: list[str], header: tuple[str, ...]) -> tuple[int, int]:
    """The lines of a table, from the one below its header to the next header; none without it."""
    headers = [number for number, line in enumerate(lines) if line.lstrip().startswith("[")]
    places = {_path(lines[number]): number for number in reversed(headers)}
    if header not in places:
        return (0, 0)
    start = places[header] + 1
    return start, next((n for n in headers if n >= start and _path(lines[n])), len(lines))


def _path(line: str) -> tuple[str, ...]:
    """The names in a header of a table, such as `[project.entry-points."seqrec.loss"]`."""
    try:
        table = tomllib.loads(line)
    except tomllib.TOMLDecodeError:
        return ()
    names = []
    while isinstance(table, dict) and table:
        ((name, table),) = table.items()
        names.append(name)
    return tuple(names)


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else json.dumps(name)


def _missing(requirements: Iterable[str], present: Iterable[str]) -> list[str]:
    """The requirements of distributions that none of those present names."""
    names = {_distribution(line) for line in present}
    return [line for line in requirements if _distribution(line) not in names]


def _distribution(requirement: str) -> str:
    try:
        return canonicalize_name(Requirement(requirement).name)
    except InvalidRequirement:
        return ""
