"""The folder of an index: its file, and what it is an index of.

index.json              what it belongs to, its settings, what was measured; written last
items-<digest>.faiss    the index, named by its digest: a new one never half replaces an old one
"""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import faiss

from seqrec_core.bundle import METRICS, WEIGHTS, Bundle
from seqrec_core.errors import DataError
from seqrec_core.whole_files import sync, write_text
from seqrec_library_nearest.index_kinds import KINDS
from seqrec_library_nearest.item_index import ItemIndex

__all__ = ["check_room", "index_facts", "read_index", "write_index"]

FACTS = "index.json"
FILES = "items-*.faiss"
DRAFT = ".items.draft"
_FORMAT = 1


def check_room(folder: Path) -> None:
    """Raises DataError for a folder that holds something else than an index."""
    if folder.exists() and not folder.is_dir():
        raise DataError(f"{folder} is a file; name a folder for the index")
    if not folder.is_dir() or (folder / FACTS).is_file():
        return
    if any(file.name != DRAFT and not file.match(FILES) for file in folder.iterdir()):
        raise DataError(
            f"{folder} holds something else than an index; name a new folder, or "
            f"{folder / 'index'} within it"
        )


def write_index(
    folder: Path, index: ItemIndex, bundle: Bundle, measured: Mapping[str, Any]
) -> Path:
    """Writes an index of a bundle's items in place of another that is there; path of its file.

    However the process ends, the folder holds the old one or the new one.
    """
    check_room(folder)
    folder.mkdir(parents=True, exist_ok=True)
    draft = folder / DRAFT
    try:
        faiss.write_index(index.index, str(draft))
        sync(draft)
        digest = _file_digest(draft)
        file = folder / f"items-{digest.partition(':')[2][:16]}.faiss"
        draft.replace(file)
    except RuntimeError as cause:
        raise DataError(f"{folder} cannot be written to: {cause}") from cause
    finally:
        draft.unlink(missing_ok=True)
    facts = {
        "format": _FORMAT,
        "bundle": _digest_of(bundle),
        "kind": index.kind,
        "effort": index.effort,
        "items": index.items,
        "dim": index.dim,
        "file": file.name,
        "digest": digest,
        "faiss": faiss.__version__,
        "measured": dict(measured),
    }
    write_text(folder / FACTS, json.dumps(facts, indent=2) + "\n")
    for other in folder.glob(FILES):
        if other != file:
            other.unlink(missing_ok=True)
    return file


def read_index(folder: Path, bundle: Bundle) -> ItemIndex:
    """The index of a bundle's items in a folder.

    Raises DataError for a folder that holds none, a damaged one, or that of another bundle.
    """
    facts = index_facts(folder)
    if facts["bundle"] != _digest_of(bundle):
        raise DataError(
            f"{folder} is the index of another bundle than {bundle.path}, or of what it was before "
            f"it was trained anew; make one with `seqrec index {bundle.path} --out {folder}`"
        )
    file = folder / facts["file"]
    if not file.is_file() or _file_digest(file) != facts["digest"]:
        what = "not the file that was written" if file.is_file() else "missing"
        raise _damaged(folder, f"{file.name} is {what}")
    try:
        index = ItemIndex(faiss.read_index(str(file)), facts["kind"], facts["effort"])
    except RuntimeError as cause:
        raise _damaged(folder, f"faiss cannot read {file.name}: {cause}") from cause
    if (index.items, index.dim) != (facts["items"], facts["dim"]):
        raise _damaged(folder, f"it has {index.items} items of {index.dim} dimensions")
    return index


def index_facts(folder: Path) -> dict[str, Any]:
    """What is said of the index in a folder; DataError where there is none, or it is damaged."""
    file = folder / FACTS
    if not file.is_file():
        raise DataError(f"{folder} is no index: it has no {FACTS}; make one with `seqrec index`")
    try:
        facts = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as cause:
        raise _damaged(folder, f"{FACTS} cannot be read") from cause
    if not isinstance(facts, dict):
        raise _damaged(folder, f"{FACTS} is no object")
    if facts.get("format", _FORMAT) != _FORMAT:
        raise DataError(
            f"{folder} is an index of format {facts['format']!r}, and format {_FORMAT} is known; "
            "make it anew with `seqrec index`"
        )
    texts, counts = ("bundle", "kind", "file", "digest"), ("effort", "items", "dim")
    types: dict[str, type] = dict.fromkeys(texts, str) | dict.fromkeys(counts, int)
    wrong = [name for name, cls in types.items() if not isinstance(facts.get(name), cls)]
    if wrong or facts["kind"] not in KINDS or facts["effort"] < 1:
        named = ", ".join(wrong) or "kind, or effort"
        raise _damaged(folder, f"{FACTS} has no sound {named}")
    if Path(facts["file"]).name != facts["file"]:
        raise _damaged(folder, f"its file {facts['file']!r} is elsewhere")
    return facts


def _damaged(folder: Path, what: str) -> DataError:
    return DataError(f"{folder} is damaged: {what}; make it anew with `seqrec index`")


def _digest_of(bundle: Bundle) -> str:
    """`sha256:…` of what a bundle answers with, so of its lock, but for what was measured."""
    lock = {key: value for key, value in bundle.lock.items() if key not in ("digest", "files")}
    files = bundle.lock.get("files") or {WEIGHTS: _file_digest(bundle.path / WEIGHTS)}
    files = {name: each for name, each in files.items() if name != METRICS}
    text = json.dumps([lock, files], sort_keys=True)
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def _file_digest(path: Path) -> str:
    """`sha256:…` of what a file holds, read in pieces."""
    with path.open("rb") as file:
        return f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"
