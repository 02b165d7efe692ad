"""Spec files: JSON text, `extends`, overrides from the command line."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import attrs

from seqrec_core.codec import Reader
from seqrec_core.errors import Fault, SpecError
from seqrec_core.recipe import Recipe
from seqrec_core.registry import Registry, registry
from seqrec_core.resolve import Resolution, resolve_data

__all__ = ["load", "load_raw", "load_resolved", "override"]

_EXTENDS = "extends"
_LOCKED = ("components", "distributions")  # tables that a lock has besides the recipe


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
        data, folder = load_raw(Path(source)), Path(source).parent
    data = override(data, overrides)
    components, _ = (data.pop(table, {}) for table in _LOCKED)
    versions = {name: entry["version"] for name, entry in components.items()}
    return data, Reader(registry, versions), folder


def _place(recipe: Recipe, folder: Path | None) -> Recipe:
    """The recipe with its data folder absolute, so that it works from anywhere."""
    if folder is None or recipe.data is None:
        return recipe
    path = str((folder / recipe.data.folder).resolve())
    return attrs.evolve(recipe, data=attrs.evolve(recipe.data, folder=path))


def load_raw(path: Path, parents: tuple[Path, ...] = ()) -> dict[str, Any]:
    """The plain data of a spec file, merged over the files it extends.

    Raises SpecError for a file that cannot be read, is no JSON object, repeats a key or
    extends itself.
    """
    path = path.resolve()
    if path in parents:
        chain = " extends ".join(str(p) for p in (*parents, path))
        raise SpecError([Fault(_EXTENDS, f"goes in a circle: {chain}")])
    data = _parse(path)
    base = data.pop(_EXTENDS, None)
    if base is None:
        return data
    if not isinstance(base, str):
        raise SpecError([Fault(_EXTENDS, f"expected the path of a spec, got {base!r}")])
    return _merge(load_raw(path.parent / base, (*parents, path)), data)


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
        node[int(last) if isinstance(node, list) else last] = _value(text)
    result: dict[str, Any] = copy
    return result


def _step(node: Any, key: str, path: str) -> Any:
    if isinstance(node, dict):
        return node.setdefault(key, {})
    if isinstance(node, list) and key.isdigit() and int(key) < len(node):
        return node[int(key)]
    raise SpecError([Fault(path, f"cannot be set: there is nothing at {key!r}")])


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text


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
    except (json.JSONDecodeError, RecursionError) as cause:
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
