"""What can be said of each file of a bundle, without torch."""

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import attrs
import numpy as np
from safetensors import SafetensorError, safe_open

from seqrec_core.bundle import NAMES
from seqrec_core.bundle_draft import ASSETS, FEATURES, ITEMS, WEIGHTS
from seqrec_core.digests import check_file
from seqrec_core.errors import BundleError, SeqrecError
from seqrec_core.lock import FILES, LOCK, read_lock
from seqrec_core.measurements import METRICS, read_metrics
from seqrec_core.reading.json_text import object_of_file
from seqrec_core.session import DEFAULT, Session, load_resolved
from seqrec_core.spec import TrainerSpec
from seqrec_core.transaction import finish
from seqrec_core.trust import check_reach
from seqrec_core.vocabulary import id_table

__all__ = ["FileState", "file_states"]

HERE = "."
AS_WRITTEN = "as written"
NO_DIGEST = "readable; the lock has no digest of it"


@attrs.frozen
class FileState:
    """A file, its size, and what is wrong with it; `note` is how far it was looked at."""

    file: str
    bytes: int
    fault: str | None
    note: str


def file_states(
    folder: Path, session: Session = DEFAULT, *, trust: bool = False
) -> list[FileState]:
    """What is known of each file, the lock first, the checkpoint of the run last.

    Where the lock is damaged the others are only read. The folder itself, `.`, has a fault where
    loading would refuse what leads out of it, unless `trust` lets it. Raises BundleError for what
    is no folder.
    """
    if not folder.is_dir():
        raise BundleError(f"{folder} is no folder; name the --out of a `seqrec fit`, or a bundle")
    finish(folder, NAMES)
    fault = _fault(lambda: read_lock(folder))
    lock: dict[str, Any] = {} if fault else read_lock(folder)
    note = AS_WRITTEN if "digest" in lock else "readable; it has no digest of itself"
    states = [FileState(LOCK, _size(folder / LOCK), fault, note)]
    if not fault and not trust:
        fault = _fault(lambda: check_reach(lock, folder, folder / LOCK))
        states.append(FileState(HERE, 0, fault, "nothing leads out of it"))
    states += [_state(folder, name, lock.get(FILES)) for name in _names(folder, lock)]
    return states + list(_checkpoint(folder, session))


def _names(folder: Path, lock: Mapping[str, Any]) -> list[str]:
    """Files that a bundle must have, that its lock names, or that stand where such ones would."""
    present = [name for name in (METRICS, ITEMS, FEATURES) if (folder / name).exists()]
    assets = (path for path in (folder / ASSETS).rglob("*") if not path.is_dir())
    present += sorted(path.relative_to(folder).as_posix() for path in assets)
    return list(dict.fromkeys([WEIGHTS, *lock.get(FILES, ()), *present]))


def _state(folder: Path, name: str, digests: Mapping[str, str] | None) -> FileState:
    def look() -> None:
        if digests is not None:
            check_file(folder, name, digests)
        if not (folder / name).is_file():
            raise BundleError(f"{folder / name} is missing")
        if name in _READERS:
            _READERS[name](folder)

    note = NO_DIGEST if digests is None else AS_WRITTEN
    return FileState(name, _size(folder / name), _fault(look), note)


def _checkpoint(folder: Path, session: Session) -> Iterator[FileState]:
    """The state of what the run would go on from, as its trainer sees it."""
    try:
        recipe = load_resolved(folder / LOCK, session=session, quietly=True).recipe
    except SeqrecError:  # a damaged lock, or a plugin that is not installed
        return
    trainer = recipe.trainer or TrainerSpec()
    path = folder / trainer.checkpoint
    if trainer.checkpoint and os.path.lexists(path):
        is_file = path.is_file()
        fault = trainer.checkpoint_fault(path) if is_file else "is no file"
        note = "its trainer finds no fault"
        yield FileState(trainer.checkpoint, _size(path), fault and f"is damaged: {fault}", note)


def _fault(look: Callable[[], Any]) -> str | None:
    """What a look at a file raised, in words."""
    try:
        look()
    except (SeqrecError, OSError) as error:
        return str(error)
    return None


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0


def _read_weights(folder: Path) -> None:
    path = folder / WEIGHTS
    try:
        with safe_open(path, framework="np") as file:
            for name in file.keys():  # noqa: SIM118
                if file.get_slice(name).get_dtype() in ("F16", "F32", "F64"):
                    values = file.get_tensor(name)
                    if np.isnan(values).any() or np.isposinf(values).any():
                        raise BundleError(f"{path}: {name} has values that are NaN or infinite")
    except SafetensorError as cause:
        raise BundleError(f"{path} is damaged: {cause}") from cause


_READERS: Mapping[str, Callable[[Path], Any]] = {
    WEIGHTS: _read_weights,
    METRICS: read_metrics,
    ITEMS: lambda folder: id_table(folder / ITEMS, "item"),
    FEATURES: lambda folder: object_of_file(folder / FEATURES),
}
