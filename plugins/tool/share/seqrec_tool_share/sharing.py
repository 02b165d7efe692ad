"""A bundle sent to a place, or fetched from one: whole, with its digests compared on both sides."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from seqrec_tool_bundle.verification import file_states

from seqrec_core.bundle import LOCK, METRICS, WEIGHTS, Bundle
from seqrec_core.errors import BundleError
from seqrec_core.places import delivered, local, shown
from seqrec_tool_share.hub import is_hub, upload
from seqrec_tool_share.model_card import CARD, model_card

__all__ = ["pull", "push"]

LINEAGE = "lineage.json"
_BESIDE = (CARD, LINEAGE)  # which the lock says nothing of
_NAMES = (WEIGHTS, METRICS, "items.parquet", "features.json")


def push(
    bundle: str | Path, uri: str, *, private: bool = False, trust: bool = False
) -> dict[str, int]:
    """Sends a bundle and its card; the size of each file.

    Raises BundleError where a file is not as it was written, here or, in the end, there, and for
    a place that holds something else than a bundle.
    """
    with tempfile.TemporaryDirectory(prefix="push-") as folder:
        draft = Path(folder) / "bundle"
        _copy(local(bundle), draft, str(bundle), trust)
        if not (draft / CARD).is_file():
            (draft / CARD).write_text(model_card(draft, uri), encoding="utf-8")
        if is_hub(uri):
            upload(draft, uri, private=private)
        else:
            _replace(draft, uri)
        _copy(local(uri), Path(folder) / "again", uri, trust)
        if (Path(folder) / "again" / LOCK).read_bytes() != (draft / LOCK).read_bytes():
            raise BundleError(f"{shown(uri)} has another bundle meanwhile; push it again")
        return _sizes(draft)


def pull(uri: str, out: Path, *, trust: bool = False) -> dict[str, int]:
    """Fetches a bundle into a new folder; the size of each file.

    Raises BundleError where a file is missing, damaged or not of the bundle, where something leads
    out of it, and for a folder that holds something: then nothing is written.
    """
    out = out.resolve()
    if os.path.lexists(out) and not (out.is_dir() and not any(out.iterdir())):
        raise BundleError(f"{out} is there already; choose another folder, or remove it")
    source = local(uri)
    out.parent.mkdir(parents=True, exist_ok=True)
    with _draft_beside(out) as draft:
        _copy(source, draft, uri, trust)
        if out.is_dir():  # somebody may stand in it
            for path in sorted(draft.iterdir(), key=lambda path: path.name == LOCK):
                path.rename(out / path.name)
        else:
            draft.rename(out)
    return _sizes(out)


def _copy(source: Path, target: Path, name: str, trust: bool) -> None:
    """Copies the files that the lock names, what stands beside them, and compares the copies."""
    said = shown(name)
    if not _is_plain(source, LOCK):
        raise BundleError(f"{said} is no bundle: it has no {LOCK}")
    target.mkdir(parents=True)
    shutil.copyfile(source / LOCK, target / LOCK)
    files = Bundle(target).lock.get("files")
    if files is None:
        raise BundleError(f"{said} has no digests of its files, so nobody can compare them: "
                          "load the model and write it anew, with Bundle.write")  # fmt: skip
    for file in files:
        if not (file in _NAMES or file.startswith("assets/")) or ".." in Path(file).parts:
            raise BundleError(
                f"{said}: its lock names {file!r}, which no bundle has; it is damaged"
            )
        if _is_plain(source, file):
            (target / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source / file, target / file)
    for file in _BESIDE:
        if _is_plain(source, file):
            shutil.copyfile(source / file, target / file)
    for state in file_states(target, trust=trust):
        if state.fault:
            raise BundleError(f"{said}: {state.fault}".replace(str(target) + os.sep, ""))


def _is_plain(folder: Path, name: str) -> bool:
    """Whether a file stands in the folder itself, and is no link, nor below one."""
    path = folder / name
    links = [
        place for place in (path, *path.parents) if place != folder and folder in place.parents
    ]
    return path.is_file() and not any(place.is_symlink() for place in links)


def _replace(draft: Path, uri: str) -> None:
    """Puts the files in place of those of another bundle; BundleError where other things are."""
    with delivered(uri) as folder:
        if folder.exists() and not folder.is_dir():
            raise BundleError(f"{shown(uri)} is a file; name a folder")
        if folder.is_dir() and any(folder.iterdir()) and not (folder / LOCK).is_file():
            raise BundleError(f"{shown(uri)} holds other things than a bundle; name another folder")
        folder.mkdir(parents=True, exist_ok=True)
        (folder / LOCK).unlink(missing_ok=True)  # it comes last, and says that all is whole
        for name in (*_NAMES, *_BESIDE):
            (folder / name).unlink(missing_ok=True)
        shutil.rmtree(folder / "assets", ignore_errors=True)
        for name in sorted(_sizes(draft), key=lambda name: name == LOCK):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(draft / name, folder / name)


@contextmanager
def _draft_beside(out: Path) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(dir=out.absolute().parent, prefix=".pull-") as folder:
        yield Path(folder) / "bundle"


def _sizes(folder: Path) -> dict[str, int]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.stat().st_size for path in files}
