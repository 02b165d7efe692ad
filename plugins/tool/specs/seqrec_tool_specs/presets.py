"""Presets: starting points that distributions declare, found without importing anything.

Entry points of the group `seqrec.presets` are named as the presets; their value is the package in
whose folder NAME.json lies.
"""

import importlib.util
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from seqrec_core.errors import (
    AmbiguousNameError,
    BrokenPluginError,
    ForbiddenPluginError,
    IncompatiblePluginError,
)
from seqrec_core.reading.json_text import object_of_file
from seqrec_core.registry import Registry
from seqrec_core.registry.installed import CORE, PRESETS, Point, clash, core_version
from seqrec_core.session import read
from seqrec_core.spec import Record, param, required, spec
from seqrec_tool_specs.conditions import Conditions

__all__ = ["Preset", "Published", "Variant", "preset_of", "preset_points", "read_preset"]

SECTIONS = ("model", "data", "trainer", "postprocessors")


@spec
class Published(Record):
    """A result that somebody published, and where."""

    data: str = required(help="the data, such as ML-1M")
    metric: str = required(help="what was measured, such as ndcg@10")
    value: float = required(help="the result")
    source: str = required(help="the paper or page: arXiv:2508.06450")


@spec
class Variant(Record):
    """What else a spec says where data fulfils conditions."""

    when: Conditions = required(help="what the data has to be like")
    spec: dict[str, Any] = required(help="laid over the preset's spec")
    note: str | None = param(None, help="what to tell whoever uses it")

    def check(self) -> Iterable[tuple[str, str]]:
        """Sections of a spec that a preset may set."""
        return _section_faults(self.spec)


@spec
class Preset(Record):
    """A starting point for a spec: what its file says."""

    about: str = required(help="one line")
    parameters: int | None = param(
        None, ge=0, help="of the model that it makes of 10,000 items, without further features"
    )
    published: tuple[Published, ...] = param((), help="results, best known first")
    spec: dict[str, Any] = required(help="what a spec of it starts with")
    variants: tuple[Variant, ...] = param((), help="what is laid over it in turn, by the data")

    def check(self) -> Iterable[tuple[str, str]]:
        """Sections of a spec, with the name of a model."""
        yield from _section_faults(self.spec)
        model = self.spec.get("model")
        if not isinstance(model, str) and not (isinstance(model, Mapping) and "type" in model):
            yield "spec", 'has no model; name one: {"model": {"type": "sasrec"}}'
        if "\n" in self.about or not self.about:
            yield "about", "is no line; say in one what the preset is"


def preset_points(registry: Registry) -> list[Point]:
    """The entry points of all presets, by name and distribution; nothing is read."""
    points = (point for point in registry.points if point.group == PRESETS)
    return sorted(points, key=lambda point: (point.name, point.distribution))


def preset_of(name: str, registry: Registry) -> Point | None:
    """The preset of a name, `name` or `distribution:name`; None where there is none.

    Raises AmbiguousNameError for a name that several have.
    """
    owner, _, short = name.rpartition(":")
    points = [point for point in preset_points(registry) if point.name == short]
    if owner:
        points = [p for p in points if p.distribution == owner]
    if len(points) > 1:
        names = dict.fromkeys(repr(f"{point.distribution}:{point.name}") for point in points)
        remedy = f"write {' or '.join(names)}" if len(names) > 1 else "keep one of them"
        raise AmbiguousNameError(f"preset {name!r} {clash(points, remedy)}")
    return points[0] if points else None


def read_preset(point: Point, registry: Registry) -> Preset:
    """What the file of a preset says.

    Raises ForbiddenPluginError and IncompatiblePluginError for a distribution that is not to be
    used, BrokenPluginError where there is no file, SpecError for one with faults.
    """
    subject = f"preset {point.name!r} of {point.distribution} {point.version}"
    if not registry.is_allowed(point.distribution):
        raise ForbiddenPluginError(f"{subject} comes from what the allow list leaves out")
    if not point.is_compatible:
        raise IncompatiblePluginError(
            f"{subject} asks for {CORE}{point.core_range}; installed is {CORE} {core_version()}. "
            f"Install a version of {point.distribution} made for it"
        )
    path = _file(point, subject)
    preset: Preset = read(object_of_file(path), Preset, str(path))
    return preset


def _file(point: Point, subject: str) -> Path:
    """Where the file of a preset is; no package is imported."""
    top, *rest = point.module.split(".")
    package = importlib.util.find_spec(top) if top else None
    places = list(package.submodule_search_locations or ()) if package else []
    if re.fullmatch(r"\w[\w.-]*", point.name):
        for place in places:
            if (path := Path(place, *rest, f"{point.name}.json")).is_file():
                return path
    raise BrokenPluginError(
        f"{subject} is to lie in {point.module} as {point.name}.json, which is not there. "
        f"Reinstall or remove {point.distribution}"
    )


def _section_faults(sections: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    for name in sections:
        if name not in SECTIONS:
            yield "spec", f"sets {name!r}; a preset may set {', '.join(SECTIONS)}"
