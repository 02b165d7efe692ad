"""Presets of a made-up distribution, as files and entry points."""

import json
from pathlib import Path

from seqrec_core.registry import Registry
from seqrec_core.registry.installed import PRESETS, Point
from seqrec_core.session import registry

RAISES = "raise RuntimeError('a preset is no code')\n"


def acme(folder: Path, presets: dict, *, distribution="acme-presets", core_range="") -> list[Point]:
    """The entry points of presets written to a package whose code cannot be run."""
    package = distribution.replace("-", "_")
    place = folder / package / "files"
    place.mkdir(parents=True)
    for part in (place.parent, place):
        (part / "__init__.py").write_text(RAISES)
    for name, preset in presets.items():
        text = preset if isinstance(preset, str) else json.dumps(preset)
        (place / f"{name}.json").write_text(text)
    return [
        Point(PRESETS, name, f"{package}.files", distribution, "1.0", core_range)
        for name in presets
    ]


def with_points(*points: Point) -> Registry:
    """What is installed here, and these."""
    return Registry((*registry.points, *points))
