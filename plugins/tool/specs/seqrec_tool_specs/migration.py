"""A spec file of an older format, written anew in the one of today."""

import json
import shlex
import shutil
from pathlib import Path
from typing import Any, NamedTuple

from seqrec_core.errors import Fault, SeqrecError, SpecError
from seqrec_core.reading.files import data_of_file, migrated_alone, without_tables
from seqrec_core.registry import Registry
from seqrec_core.session import registry
from seqrec_core.spec.recipe import FORMAT
from seqrec_core.whole_files import whole_file

__all__ = ["Migrated", "migrated_file", "place_for", "write_document"]


class Migrated(NamedTuple):
    """What a file holds, and the same in the format of today, `$schema` and `extends` included."""

    old: dict[str, Any]
    new: dict[str, Any]

    @property
    def is_of_today(self) -> bool:
        """Whether the file is of the format of today already."""
        return "seqrec" in self.old and self.old["seqrec"] == FORMAT


def migrated_file(path: Path, registry: Registry = registry) -> Migrated:
    """The document of one spec file, without those that it extends, in the format of today.

    What it extends has to be there: without it nobody knows what a part without `type` is of.
    Raises SeqrecError for folders and locks, which stay as they are, and SpecError for a file that
    cannot be read, or whose format is none.
    """
    if path.is_dir():
        raise SeqrecError(
            f"{path} is a folder; runs and other bundles are read as they are: name a spec file"
        )
    old = data_of_file(path)
    if without_tables(old) != old:
        raise SeqrecError(
            f"{path} is the lock of a bundle, which is read as it is; migrate the spec that it "
            f"came from, or write one anew: seqrec resolve {shlex.quote(str(path))}"
        )
    new = migrated_alone(path, registry)
    if type(new.get("seqrec")) is not int or new["seqrec"] != FORMAT:
        message = f"is {old['seqrec']!r}; a format is a number from 1 to {FORMAT}"
        raise SpecError([Fault("seqrec", message)])
    return Migrated(old, new)


def place_for(spec: Path, out: Path | None) -> Path:
    """Where the migrated document of a spec file goes: its own place, unless `out` names another.

    Raises SeqrecError for what is no new JSON file beside the spec.
    """
    if out is None:
        out = spec
    is_own = out.resolve() == spec.resolve()
    if out.suffix.lower() in (".toml", ".yaml", ".yml"):
        remedy = f"specs are written as JSON; choose --out {out.with_suffix('.json')}"
        raise SeqrecError(f"{out}: {remedy}")
    if out.resolve().parent != spec.resolve().parent:
        folder = spec.parent / out.name
        raise SeqrecError(
            f"{out}: paths in a spec start from its own folder; choose --out {folder}"
        )
    if out.exists() and not is_own:
        raise SeqrecError(f"{out} exists; choose another --out")
    return out


def write_document(document: dict[str, Any], path: Path) -> None:
    """Writes plain data to a file as indented JSON, whole or not at all; links stay links."""
    path = path.resolve()
    with whole_file(path) as draft:
        text = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
        draft.write_text(text, encoding="utf-8")
        if path.exists():
            shutil.copymode(path, draft)
