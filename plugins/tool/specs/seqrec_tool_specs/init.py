"""`seqrec init`: a spec to start from, for a model and a data folder."""

import json
import os
from pathlib import Path
from typing import Annotated, Any

import typer

__all__ = ["init"]


def init(
    model: Annotated[str, typer.Argument(help="Name of a model, such as sasrec.")],
    data: Annotated[Path, typer.Option(help="Data folder made by `seqrec data prepare`.")],
    out: Annotated[Path, typer.Option(help="Where to write the spec.")] = Path("spec.json"),
    set: Annotated[
        list[str] | None,
        typer.Option("--set", help="Change a value: model.dropout=0.5 (repeatable)."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace an existing spec.")] = False,
) -> None:
    """Write a spec that trains a model on a data folder."""
    from seqrec_core.errors import DataError, SeqrecError
    from seqrec_core.reading.overrides import override
    from seqrec_core.session import load_raw, load_resolved

    if out.exists() and not force:
        raise SeqrecError(f"{out} exists; choose another --out, or replace it with --force")
    schema = data / "schema.json"
    if not schema.is_file():
        raise DataError(f"{data} has no schema.json; make it with `seqrec data prepare`")
    folder = os.path.relpath(data.resolve(), out.resolve().parent)
    defaults = _defaults(data / "defaults.json")
    raw: dict[str, Any] = {
        "seqrec": 1,
        "seed": 42,
        "schema": {"features": load_raw(schema).get("features")},
        "model": _section("model", model, defaults["model"]),
        "data": _section("datamodule", "parquet", {"folder": folder, **defaults["data"]}),
        "trainer": _section("trainer", "lightning", defaults["trainer"]),
    }
    raw = override(raw, set or ())
    out.parent.mkdir(parents=True, exist_ok=True)
    draft = out.with_name(f".{out.name}.draft")
    draft.write_text(json.dumps(raw, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    try:
        load_resolved(draft)
        draft.replace(out)
    finally:
        draft.unlink(missing_ok=True)
    print(f"spec: {out}\nnext: seqrec fit {out} --out run")


def _defaults(path: Path) -> dict[str, dict[str, Any]]:
    """What the data folder says that a spec for it should start with."""
    from seqrec_core.errors import DataError
    from seqrec_core.session import load_raw

    given = load_raw(path) if path.is_file() else {}
    sections = {name: given.get(name, {}) for name in ("model", "data", "trainer")}
    for name, section in sections.items():
        if not isinstance(section, dict):
            raise DataError(f"{path}: {name} is {section!r}; make it an object, or delete the file")
    return sections


def _section(kind: str, name: str, chosen: dict[str, Any]) -> dict[str, Any]:
    """A component with what was chosen for it, as far as it has such fields, and the settings
    that people change most: those that stand for the parts, else numbers."""
    from seqrec_core.session import registry
    from seqrec_core.spec.fields import fields_of

    fields = fields_of(registry[kind, name].spec)
    shown = [field.name for field in fields if field.info.for_parts] or [
        "batch_size",
        "max_epochs",
        "patience",
    ]
    return {"type": name} | {
        field.name: chosen.get(field.name, field.default)
        for field in fields
        if field.name in chosen or field.name in shown
    }
