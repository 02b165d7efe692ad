"""Spec files: JSON text, `extends`, overrides from the command line."""

import json
import os.path
from collections.abc import Iterable, Mapping
from operator import index
from pathlib import Path
from typing import Any

import attrs

from seqrec_core.codec import Reader, dump
from seqrec_core.errors import Fault, SpecError
from seqrec_core.recipe import Recipe
from seqrec_core.registry import Registry, registry
from seqrec_core.resolve import Resolution, resolve_data

__all__ = ["load", "load_raw", "load_resolved", "override"]

_EXTENDS = "extends"
_COMPONENTS, _DISTRIBUTIONS = "components", "distributions"  # what a lock has besides the recipe


def load(
    source: str | Path | Mapping[str, Any],
    overrides: Iterable[str] = (),
    registry: Registry = registry,
) -> Recipe:
    """The recipe of a spec file, or of plain data, as written: nothing is filled in.

    `overrides` are assignments such as `model.dropout=0.5`. Raises SpecError with every fault,
    those that only resolving shows included.
    """
    data, reader, folder = _open(source, overrides, registry)
    recipe = reader.read(data, Recipe, "")
    if reader.faults:
        resolve_data(data, Reader(registry, reader.versions))
        raise SpecError(reader.faults)
    return _place(recipe, folder)


def load_resolved(
    source: str | Path | Mapping[str, Any],
    overrides: Iterable[str] = (),
    registry: Registry = registry,
) -> Resolution:
    """The resolved recipe of a spec file, and where each value came from.

    Raises SpecError with every fault.
    """
    data, reader, folder = _open(source, overrides, registry)
    resolution = resolve_data(data, reader)
    return attrs.evolve(resolution, recipe=_place(resolution.recipe, folder))


def _open(
    source: str | Path | Mapping[str, Any], overrides: Iterable[str], registry: Registry
) -> tuple[Any, Reader, Path | None]:
    """Plain data, a reader that knows its versions, and the folder that paths start from."""
    if isinstance(source, Mapping):
        data, folder = dict(source), None
    else:
        data, folder = load_raw(Path(source), registry=registry), Path(source).parent
    assignments = tuple(overrides)
    if assignments:
        data = override(_of_today(data, registry), assignments)
    data.pop(_DISTRIBUTIONS, None)
    return data, Reader(registry, _versions(data.pop(_COMPONENTS, {}))), folder


def _of_today(data: dict[str, Any], registry: Registry) -> dict[str, Any]:
    """Plain data that older components wrote, as the installed ones do: changes come after it."""
    if _COMPONENTS not in data:
        return data
    rest = {key: value for key, value in data.items() if key not in (_COMPONENTS, _DISTRIBUTIONS)}
    reader = Reader(registry, _versions(data[_COMPONENTS]))
    recipe = reader.read(rest, Recipe, "")
    if not reader.has_migrated:
        return data
    if reader.faults:
        raise SpecError(reader.faults)
    current: dict[str, Any] = dump(recipe, registry)
    return current


def _versions(components: Any) -> dict[str, int]:
    """The version of each component in the table of a lock."""
    try:
        return {name: index(entry["version"]) for name, entry in components.items()}
    except (AttributeError, KeyError, TypeError):
        told = 'expected {"distribution:name": {"version": 1}, …}, as seqrec writes it'
        raise SpecError([Fault(_COMPONENTS, f"{told}; restore the file")]) from None


def _place(recipe: Recipe, folder: Path | None) -> Recipe:
    """The recipe with its data folder absolute, so that it works from anywhere."""
    if folder is None or recipe.data is None:
        return recipe
    try:
        path = str((folder / recipe.data.folder).resolve())
    except (ValueError, RuntimeError) as cause:  # a null character, a circle of links
        message = f"{recipe.data.folder!r} is no folder: {cause}; give another"
        raise SpecError([Fault("data.folder", message)]) from cause
    return attrs.evolve(recipe, data=attrs.evolve(recipe.data, folder=path))


def load_raw(
    path: Path, parents: tuple[Path, ...] = (), registry: Registry = registry
) -> dict[str, Any]:
    """The plain data of a spec file, merged over the files it extends.

    The data folder that it takes from one of those is relative to that one.

    Raises SpecError for a file that cannot be read, is no JSON object, repeats a key or
    extends itself.
    """
    try:
        path = path.resolve()
    except (ValueError, RuntimeError) as cause:  # a null character, a circle of links
        raise SpecError([Fault(repr(str(path)), f"cannot be read: {cause}")]) from cause
    if path in parents:
        chain = " extends ".join(str(p) for p in (*parents, path))
        raise SpecError([Fault(_EXTENDS, f"goes in a circle: {chain}")])
    data = _parse(path)
    data.pop("$schema", None)  # for editors
    base = data.pop(_EXTENDS, None)
    if base is None:
        return data
    if not isinstance(base, str):
        raise SpecError([Fault(_EXTENDS, f"expected the path of a spec, got {base!r}")])
    below = _of_today(load_raw(path.parent / base, (*parents, path), registry), registry)
    module = below.get("data")
    if isinstance(module, dict) and isinstance(module.get("folder"), str):
        module["folder"] = os.path.join(os.path.dirname(base), module["folder"])
    return _merge(below, data)


def _merge(base: dict[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Objects are merged key by key; one whose `type` changes is replaced."""
    merged = dict(base)
    for key, value in over.items():
        old = merged.get(key)
        if isinstance(old, Mapping) and isinstance(value, Mapping):
            same_type = value.get("type", old.get("type")) == old.get("type")
            value = _merge(dict(old), value) if same_type else value
        merged[key] = value
    return merged


def override(data: Mapping[str, Any], assignments: Iterable[str]) -> dict[str, Any]:
    """A copy of plain data with assignments such as `model.encoder.num_blocks=3` applied.

    The value is JSON; text that is no JSON is taken as a string. List entries go by number:
    `trainer.callbacks.0.top_k=20`. Raises SpecError for a path that leads nowhere.
    """
    copy = json.loads(json.dumps(data))
    for assignment in assignments:
        path, equals, text = assignment.partition("=")
        if not equals or not path:
            raise SpecError([Fault("--set", f"expected path=value, got {assignment!r}")])
        *parents, last = path.split(".")
        node = copy
        for key in parents:
            node = _step(node, key, path)
        if isinstance(node, list):
            _step(node, last, path)
        elif not isinstance(node, dict):
            raise SpecError([Fault(path, f"cannot be set: {last!r} is below a plain value")])
        node[int(last) if isinstance(node, list) else last] = _value(text, path)
    result: dict[str, Any] = copy
    return result


def _step(node: Any, key: str, path: str) -> Any:
    if isinstance(node, dict):
        return node.setdefault(key, {})
    if isinstance(node, list) and key.isdecimal() and int(key) < len(node):
        return node[int(key)]
    raise SpecError([Fault(path, f"cannot be set: there is nothing at {key!r}")])


def _value(text: str, path: str) -> Any:
    try:
        value = json.loads(text, object_pairs_hook=_object)
    except json.JSONDecodeError:
        return text
    except (ValueError, RecursionError) as cause:
        raise SpecError([Fault(path, f"cannot be set: {cause}")]) from cause
    if faults := list(_repeated(value, path)):
        raise SpecError(faults)
    return value


class _Object(dict[str, Any]):
    """A JSON object that remembers which keys stood twice."""

    repeated: tuple[str, ...] = ()


def _object(pairs: list[tuple[str, Any]]) -> _Object:
    made = _Object(pairs)
    keys = [key for key, _ in pairs]
    made.repeated = tuple(sorted({key for key in keys if keys.count(key) > 1}))
    return made


def _parse(path: Path) -> dict[str, Any]:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as cause:
        raise SpecError([Fault(str(path), f"cannot be read: {cause}")]) from cause
    try:
        data = json.loads(text, object_pairs_hook=_object)
    except (ValueError, RecursionError) as cause:
        raise SpecError([Fault(str(path), f"is not JSON: {cause}")]) from cause
    if not isinstance(data, dict):
        raise SpecError([Fault(str(path), "holds no JSON object; a spec is one")])
    if faults := list(_repeated(data, "")):
        raise SpecError(faults)
    return data


def _repeated(node: Any, path: str) -> Iterable[Fault]:
    if isinstance(node, _Object):
        for key in node.repeated:
            where = f"{path}.{key}" if path else key
            yield Fault(where, "stands twice in one object; keep one")
        for key, value in node.items():
            yield from _repeated(value, f"{path}.{key}" if path else key)
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from _repeated(value, f"{path}[{index}]")
