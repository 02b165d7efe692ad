"""Several files of a bundle replaced as one: whenever it ends, all are new or all as they were."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from seqrec_core.errors import BundleError
from seqrec_core.file_lock import lock, unlock
from seqrec_core.lock import FILES, LOCK, read_lock
from seqrec_core.whole_files import sync

__all__ = ["finish", "held", "transaction"]

DRAFT = ".draft"  # what is being written
COMPLETE = ".complete"  # all that was written: from here on it is the state of the bundle


@contextmanager
def transaction(folder: Path, names: tuple[str, ...]) -> Iterator[Path]:
    """Where to write files, their lock at the end, that then take the places of those in `folder`.

    Of `names`, what the lock leaves out is removed; what it has and was not written stays. Whoever
    opens the bundle next carries on with what a crash left complete. Raises OSError where the
    folder cannot be written to, and then all is as it was.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with held(folder):
        _finish(folder, names)
        draft = folder / DRAFT
        _discard(draft)
        draft.mkdir()
        try:
            yield draft
            _settle(draft)
            draft.rename(folder / COMPLETE)
            sync(folder)
        finally:
            _discard(draft)
        _finish(folder, names)


def finish(folder: Path, names: tuple[str, ...]) -> None:
    """Carries on with a transaction that a crash left complete.

    Raises BundleError where the files cannot be moved.
    """
    if not os.path.lexists(folder / COMPLETE):
        return
    try:
        with held(folder):
            _finish(folder, names)
    except OSError as cause:
        raise BundleError(
            f"{folder / COMPLETE} holds what an interrupted process wrote, which cannot take its "
            f"place: {cause}; make {folder} writable, or copy it and take the copy"
        ) from cause


@contextmanager
def held(folder: Path, *, to_read: bool = False) -> Iterator[None]:
    """Keeps others from writing to a bundle meanwhile, where the file system can do so."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        lock(descriptor, shared=to_read)
        yield
    finally:
        unlock(descriptor)
        os.close(descriptor)


def _finish(folder: Path, names: tuple[str, ...]) -> None:
    """The lock moves last: while it stands in the folder, not all has moved."""
    complete = folder / COMPLETE
    if complete.is_symlink() or complete.is_file():
        raise BundleError(f"{complete} is no folder of seqrec; remove it")
    if (complete / LOCK).is_file():
        files = read_lock(complete).get(FILES)  # None in an older one: then nothing is left out
        for name in names:
            if os.path.lexists(complete / name):
                _discard(folder / name, but_files=True)
                (complete / name).replace(folder / name)
            elif files is not None and not any(f"{each}/".startswith(f"{name}/") for each in files):
                _discard(folder / name)
        _discard(folder / LOCK, but_files=True)
        (complete / LOCK).replace(folder / LOCK)
        sync(folder)
    _discard(complete)


def _settle(draft: Path) -> None:
    """Gives all files the mode that the lock has, and waits until they are on the disk."""
    mode = (draft / LOCK).stat().st_mode & 0o777
    for path in [*draft.rglob("*"), draft]:
        if not path.is_dir():
            path.chmod(mode)
        sync(path)


def _discard(path: Path, *, but_files: bool = False) -> None:
    """Removes a file, a link or a folder; `but_files` leaves what replacing takes away anyway."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    elif not but_files:
        path.unlink(missing_ok=True)
