"""A spec to start from, for a model and a data folder."""

import json
import os
from pathlib import Path
from typing import Any

from seqrec_core.data_folder import DataFolder
from seqrec_core.errors import DataError
from seqrec_core.session import load_resolved, registry
from seqrec_core.spec.fields import Open, fields_of
from seqrec_core.spec.recipe import FORMAT
from seqrec_core.whole_files import whole_file

__all__ = ["starting_spec", "write_spec"]

_SETTINGS = ("batch_size", "max_epochs", "patience")  # that people change most


def starting_spec(
    model: str,
    data: Path,
    folder: Path,
    *,
    trainer: str | None = None,
    data_module: str | None = None,
) -> dict[str, Any]:
    """Plain data of a spec in `folder` that trains a model on the data folder `data`.

    `trainer` and `data_module` name components. Else the folder's `defaults.json` may suggest a
    `type` for them: whoever prepared it knows what reads it. Raises DataError for a data folder
    without a schema, or with suggestions that are none, RegistryError for an unknown component.
    """
    prepared = DataFolder(data)
    features, suggestions = prepared.features(), prepared.spec_defaults()
    place = os.path.relpath(data.resolve(), folder.resolve())
    return {
        "seqrec": FORMAT,
        "seed": 42,
        "schema": {"features": features},
        "model": _section("model", model, suggestions["model"]),
        "data": _section(
            "datamodule",
            *_named(data_module, "parquet", {"folder": place, **suggestions["data"]}),
        ),
        "trainer": _section("trainer", *_named(trainer, "lightning", suggestions["trainer"])),
        **{name: suggestions[name] for name in ("postprocessors",) if name in suggestions},
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


def _section(kind: str, name: str, suggestions: dict[str, Any]) -> dict[str, Any]:
    """A component with what is suggested for it, as far as it has such fields, and the settings
    that people change most: those that stand for the parts, else numbers."""
    fields = fields_of(registry[kind, name].spec)
    plain = [
        field
        for field in fields
        if not (field.is_required or field.default is None or isinstance(field.default, Open))
    ]
    common = [field for field in plain if field.info.for_parts] or [
        field for field in plain if field.name in _SETTINGS
    ]
    return {"type": name} | {
        field.name: suggestions.get(field.name, field.default)
        for field in fields
        if field.name in suggestions or field in common
    }
