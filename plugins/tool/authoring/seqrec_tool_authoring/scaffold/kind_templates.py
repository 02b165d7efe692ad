"""The template of a kind: a package of *.tmpl files that a distribution declares for it.

Entry points of the group `seqrec.templates` are named by kind; their value is the package. It
holds `specs.py.tmpl`, `module.py.tmpl` and `test_numbers.py.tmpl`, and, where a component needs
more than the core and torch, `needs.txt.tmpl`, one requirement a line.
"""

import importlib.util
from collections.abc import Iterator
from pathlib import Path

import attrs

from seqrec_core.errors import AmbiguousNameError, BrokenPluginError, RegistryError
from seqrec_core.registry import Registry
from seqrec_core.registry.installed import TEMPLATES, Point, clash

__all__ = ["KindTemplate", "template_of"]

_FILES = ("specs.py", "module.py", "test_numbers.py")
_NEEDS = "needs.txt"


@attrs.frozen
class KindTemplate:
    """The files of a kind, by name, as they are before names are filled in."""

    kind: str
    files: dict[str, str]
    needs: str = ""


def template_of(kind: str, registry: Registry) -> KindTemplate:
    """The template that is declared for a kind.

    Raises UnknownComponentError for no kind, RegistryError for one without a template,
    AmbiguousNameError for one with several, BrokenPluginError for a package that lacks a file.
    """
    declared = registry.kind(kind)
    points = [p for p in registry.points if p.group == TEMPLATES and p.name == kind]
    if not points:
        raise RegistryError(
            f"there is no template for the kind {kind!r}, which {declared.distribution} declares; "
            f'it comes with a package under [project.entry-points."{TEMPLATES}"]'
        )
    if len(points) > 1:
        raise AmbiguousNameError(f"a template for the kind {kind!r} {clash(points)}")
    texts = dict(_texts(points[0]))
    return KindTemplate(kind, {name: texts[name] for name in _FILES}, texts.get(_NEEDS, ""))


def _texts(point: Point) -> Iterator[tuple[str, str]]:
    folder = _folder(point)
    paths = {name: folder / f"{name}.tmpl" for name in (*_FILES, _NEEDS)}
    for name, path in paths.items():
        if path.is_file():
            yield name, path.read_text(encoding="utf-8")
        elif name in _FILES:
            raise _broken(point, f"which has no {path.name}")


def _folder(point: Point) -> Path:
    """Where the package is; it is not imported."""
    try:
        spec = importlib.util.find_spec(point.module)
    except ImportError as cause:
        raise _broken(point, f"which is not there: {cause}") from cause
    places = list(spec.submodule_search_locations or ()) if spec else []
    if not places:
        raise _broken(point, "which is no package")
    return Path(places[0])


def _broken(point: Point, fault: str) -> BrokenPluginError:
    return BrokenPluginError(
        f"{point.distribution} {point.version} declares the template of the kind {point.name!r} "
        f"in {point.module}, {fault}. Reinstall or remove {point.distribution}"
    )
