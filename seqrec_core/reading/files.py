"""Spec files: what they extend, what is changed from outside, where their paths start."""

import os.path
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import attrs

from seqrec_core.errors import DataError, Fault, SpecError
from seqrec_core.places import expanded, is_remote, local
from seqrec_core.reading import limits
from seqrec_core.reading.codec import Reader, dump
from seqrec_core.reading.formats import of_this_format, without
from seqrec_core.reading.json_text import object_of_file
from seqrec_core.reading.merge import merge
from seqrec_core.reading.migrate import versions_of
from seqrec_core.reading.overrides import override
from seqrec_core.reading.resolve import Resolution, resolve_data
from seqrec_core.reading.toml_text import table_of_file
from seqrec_core.reading.wording import show, unexpanded
from seqrec_core.reading.yaml_text import mapping_of_file
from seqrec_core.registry.registry import Registry
from seqrec_core.spec.recipe import Recipe

_EXTENDS = "extends"
_NUMBER = "seqrec"
_COMPONENTS = "components"
_TABLES = (_COMPONENTS, "distributions", "files", "digest", "serving")  # besides the recipe

Source = str | Path | Mapping[str, Any] | Recipe


def read_file(source: Source, overrides: Iterable[str], registry: Registry) -> Recipe:
    """What `session.load` gives."""
    data, reader, folder = _open(source, overrides, registry)
    recipe = reader.read(data, Recipe, "")
    if reader.faults:
        resolve_data(data, Reader(registry, reader.versions))
        raise SpecError(reader.faults)
    return _place(recipe, folder)


def resolve_file(source: Source, overrides: Iterable[str], registry: Registry) -> Resolution:
    """What `session.load_resolved` gives."""
    data, reader, folder = _open(source, overrides, registry)
    resolution = resolve_data(data, reader)
    return attrs.evolve(resolution, recipe=_place(resolution.recipe, folder))


def _open(
    source: Source, overrides: Iterable[str], registry: Registry
) -> tuple[Any, Reader, Path | None]:
    """Plain data, a reader that knows its versions, and the folder that paths start from."""
    if isinstance(source, Mapping | Recipe):
        limits.check(source)
        plain = dict(source) if isinstance(source, Mapping) else dump(source, registry)
        data, folder = of_this_format(plain, registry), None
    else:
        path = local(source)
        data, folder = load_raw(path, registry), path.parent
    if assignments := (overrides,) if isinstance(overrides, str) else tuple(overrides):
        data = override(dump(_of_today(data, registry), registry), assignments, registry)
        limits.check(data)
    return without_tables(data), Reader(registry, versions_of(data.get(_COMPONENTS, {}))), folder


def without_tables(data: Mapping[str, Any]) -> dict[str, Any]:
    """The recipe in the plain data of a lock."""
    return without(data, *_TABLES)


def _of_today(data: dict[str, Any], registry: Registry) -> dict[str, Any]:
    """Plain data that older components wrote, as the installed ones do: changes come after it."""
    if _COMPONENTS not in data:
        return data
    reader = Reader(registry, versions_of(data[_COMPONENTS]))
    recipe = reader.read(without_tables(data), Recipe, "")
    if not reader.has_migrated:
        return data
    if reader.faults:
        raise SpecError(reader.faults)
    current: dict[str, Any] = dump(recipe, registry)
    return current


def _place(recipe: Recipe, folder: Path | None) -> Recipe:
    """The recipe with its data folder absolute, so that it works from anywhere; a URI stays."""
    if folder is None or recipe.data is None or is_remote(recipe.data.folder):
        return recipe
    try:
        path = str((folder / local(recipe.data.folder)).resolve())
    except DataError as cause:
        raise SpecError([Fault("data.folder", str(cause))]) from cause
    except (ValueError, RuntimeError) as cause:  # a null character, a circle of links
        message = f"{recipe.data.folder!r} is no folder: {cause}; give another"
        raise SpecError([Fault("data.folder", message)]) from cause
    return attrs.evolve(recipe, data=attrs.evolve(recipe.data, folder=path))


def load_raw(path: Path, registry: Registry) -> dict[str, Any]:
    """What `session.load_raw` gives: files of one format are merged as they are, then migrated."""
    return of_this_format(_merged(path, registry, ()), registry)


def _merged(path: Path, registry: Registry, parents: tuple[Path, ...]) -> dict[str, Any]:
    """A file laid over the one that it extends; `parents` are the files that extend this one.

    The data folder that it takes from one that it extends is relative to that one.
    """
    try:
        path = path.resolve()
    except (ValueError, RuntimeError) as cause:  # a null character, a circle of links
        raise SpecError([Fault(repr(str(path)), f"cannot be read: {cause}")]) from cause
    if path in parents:
        chain = " extends ".join(str(p) for p in (*parents, path))
        raise SpecError([Fault(_EXTENDS, f"goes in a circle: {chain}")])
    _check_chain((*parents, path))
    data = without(data_of_file(path), "$schema")  # which is for editors
    below = _below(path, data, registry, parents)
    if below is None:
        return without(data, _EXTENDS)
    if below.get(_NUMBER, 1) != data.get(_NUMBER, 1):
        below = of_this_format(below, registry)
        data = of_this_format(data, registry, below)
    merged: dict[str, Any] = merge(below, without(data, _EXTENDS), Recipe, registry)
    return merged


def _check_chain(chain: tuple[Path, ...]) -> None:
    """Raises SpecError for files that extend each other, and are too many or too large."""
    if len(chain) > limits.MAX_FILES:
        message = f"more than {limits.MAX_FILES} specs extend each other; merge some of them"
        raise SpecError([Fault(_EXTENDS, message)])
    if sum(path.stat().st_size for path in chain if path.is_file()) > limits.MAX_BYTES:
        message = f"{chain[0].name} and all that it extends are larger than {limits.MAX_BYTES:,} "
        raise SpecError([Fault(_EXTENDS, f"{message}bytes, and no spec is; make them smaller")])


def _below(
    path: Path, data: dict[str, Any], registry: Registry, parents: tuple[Path, ...]
) -> dict[str, Any] | None:
    """What the file at a path extends, if anything, in the format that it has."""
    base = data.get(_EXTENDS)
    if base is None:
        return None
    if not isinstance(base, str):
        raise SpecError([Fault(_EXTENDS, f"expected the path of a spec, got {show(base)}")])
    if fault := unexpanded(base):
        raise SpecError([Fault(_EXTENDS, fault)])
    below = _merged(path.parent / local(base), registry, (*parents, path))
    if _COMPONENTS in below:
        below = _of_today(of_this_format(below, registry), registry)
    module = below.get("data")
    folder = module.get("folder") if isinstance(module, dict) else None
    if module and isinstance(folder, str) and "://" not in folder and not unexpanded(folder):
        module["folder"] = os.path.join(os.path.dirname(local(base)), expanded(folder))
    return below


def migrated_alone(path: Path, registry: Registry) -> dict[str, Any]:
    """The document of one file in today's format; what it extends is read and stays as it is."""
    data = data_of_file(path)
    below = _below(path.resolve(), data, registry, ())
    return of_this_format(data, registry, below and of_this_format(below, registry))


def data_of_file(path: Path) -> dict[str, Any]:
    """What a file holds, in the language that its suffix says; nothing is migrated or merged."""
    suffix = path.suffix.lower()
    if suffix in (".yaml", ".yml"):
        return mapping_of_file(path)
    return table_of_file(path) if suffix == ".toml" else object_of_file(path)
