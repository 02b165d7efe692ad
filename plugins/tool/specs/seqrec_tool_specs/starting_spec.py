"""A spec to start from, for a model and a data folder."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from seqrec_core.data_folder import DataFolder
from seqrec_core.errors import DataError, RegistryError
from seqrec_core.places import is_remote
from seqrec_core.reading.merge import merge
from seqrec_core.session import load_resolved, registry
from seqrec_core.spec.fields import Open, fields_of
from seqrec_core.spec.recipe import FORMAT
from seqrec_core.whole_files import whole_file

__all__ = ["starting_spec", "write_spec"]

_SETTINGS = ("batch_size", "max_epochs", "patience")  # that people change most


def starting_spec(
    model: str,
    data: str | Path,
    folder: Path,
    *,
    trainer: str | None = None,
    data_module: str | None = None,
    sections: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Plain data of a spec in `folder` that trains a model on the data folder, or URI, `data`.

    `sections` are what a preset says of a spec's sections. `trainer` and `data_module` name
    components. Else the folder's `defaults.json` may suggest a `type` for them: whoever prepared it
    knows what reads it; all that it suggests comes before what a preset says. Raises DataError for
    a data folder without a schema, or with suggestions that are none, RegistryError for an unknown
    component.
    """
    prepared = DataFolder.described(data)
    features, suggestions = prepared.features(), prepared.spec_defaults()
    own = {name: _object(section) for name, section in (sections or {}).items()}
    is_far = is_remote(data)
    place = str(data) if is_far else os.path.relpath(prepared.path.resolve(), folder.resolve())

    def of_kind(kind: str, name: str, chosen: str | None, default: str) -> dict[str, Any]:
        suggested = suggestions[name] if name != "data" else {"folder": place, **suggestions[name]}
        settings = own.get(name, {})
        component, others = _named(chosen, settings.get("type", default), suggested)
        return _section(kind, component, others, settings)

    filters = {**(sections or {}), **suggestions}
    return {
        "seqrec": FORMAT,
        "seed": 42,
        "schema": {"features": features},
        "model": _section("model", model, suggestions["model"], own.get("model", {})),
        "data": of_kind("datamodule", "data", data_module, "parquet"),
        "trainer": of_kind("trainer", "trainer", trainer, "lightning"),
        **{name: filters[name] for name in ("postprocessors",) if name in filters},
    }


def write_spec(raw: dict[str, Any], path: Path) -> None:
    """Writes plain data of a spec to a file, as far as it resolves: else nothing is written.

    Raises SpecError with every fault.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(path) as draft:
        draft.write_text(json.dumps(raw, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        load_resolved(draft)


def _named(
    chosen: str | None, default: str, suggestions: dict[str, Any]
) -> tuple[str, dict[str, Any]]:
    """The component that is chosen, suggested, or the default one, and the other suggestions."""
    others = {name: value for name, value in suggestions.items() if name != "type"}
    name = chosen or suggestions.get("type", default)
    if not isinstance(name, str):
        raise DataError(f"defaults.json suggests the type {name!r}; name a component, in quotes")
    return name, others


def _object(section: Any) -> Any:
    """A component's name as the object that it stands for."""
    return {"type": section} if isinstance(section, str) else section


def _section(
    kind: str, name: str, suggestions: dict[str, Any], own: Mapping[str, Any]
) -> dict[str, Any]:
    """A component with what is suggested for it, as far as it has such fields, with a preset's
    `own` settings, and with the settings that people change most: those that stand for the parts,
    else numbers."""
    fields = fields_of(registry[kind, name].spec)
    plain = [
        field
        for field in fields
        if not (field.is_required or field.default is None or isinstance(field.default, Open))
    ]
    common = [field for field in plain if field.info.for_parts] or [
        field for field in plain if field.name in _SETTINGS
    ]
    section = {"type": name}
    for field in fields:
        if field.name in suggestions and field.name in own:
            sides = own[field.name], suggestions[field.name]
            section[field.name] = merge(*sides, field.type, registry, field.raw_default())
        elif field.name in suggestions or field.name in own or field in common:
            section[field.name] = suggestions.get(field.name, own.get(field.name, field.default))
    return section | _unknown(kind, name, own, section)


def _unknown(
    kind: str, name: str, own: Mapping[str, Any], section: Mapping[str, Any]
) -> dict[str, Any]:
    """Settings of a preset that its component lacks: faults that reading reports.

    Where another component was chosen they are left out.
    """
    try:
        is_its = registry[kind, str(own.get("type", name))] == registry[kind, name]
    except RegistryError:
        is_its = False
    return {key: value for key, value in own.items() if is_its and key not in section}
