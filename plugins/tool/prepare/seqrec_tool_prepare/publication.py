"""A data folder that is replaced as a whole or not at all.

Files are written to a folder `.prepare-…` inside the data folder and synced; renaming that to
`.prepared` is the moment at which the preparation is done. Then the files are moved to their
places. A preparation that is ended before that moment leaves the old files as they were; for one
that is ended after it, whoever reads the folder moves what is left (`DataFolder.settle`).
"""

import errno
import os
import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import mkdtemp

import polars as pl

from seqrec_core.data_folder import SPLITS, DataFolder
from seqrec_core.errors import DataError
from seqrec_core.file_lock import lock
from seqrec_core.whole_files import sync

__all__ = ["refuse_system_errors", "unfinished"]

_DRAFT = ".prepare-"


@contextmanager
def unfinished(out: str | Path, inputs: Sequence[str | Path]) -> Iterator[Path]:
    """A temporary folder whose files take their places in the folder `out` at the end.

    An error inside, a full disk and the end of the process leave `out` as it was. Raises DataError
    where `out` cannot be a folder or has no room, where its files would replace one of the
    `inputs`, and where another process prepares it.
    """
    out = Path(out)
    _keep_inputs(out, inputs)
    new = [folder for folder in (out, *out.parents) if not folder.exists()]
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(f"{out}: cannot be made a folder: {error}; choose another --out") from error
    with _alone(out), refuse_system_errors(out, "--out"):
        DataFolder(out).settle()
        for left in out.glob(f"{_DRAFT}*"):  # of a process that was killed
            shutil.rmtree(left, ignore_errors=True)
        folder = Path(mkdtemp(dir=out, prefix=_DRAFT))
        try:
            yield folder
            _publish(folder, out)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            with suppress(OSError):  # one that holds what was prepared
                for each in new:
                    each.rmdir()


def _publish(folder: Path, out: Path) -> None:
    for path in folder.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        else:
            sync(path)
    sync(folder)
    folder.chmod(out.stat().st_mode)
    os.rename(folder, DataFolder(out).prepared)
    sync(out)
    DataFolder(out).settle()


def _keep_inputs(out: Path, inputs: Sequence[str | Path]) -> None:
    """DataError where the output would replace what is read."""
    prepared = DataFolder(out)
    files = [prepared.items, prepared.users, *map(prepared.split, SPLITS)]
    replaced = {file.resolve() for file in files}
    for path in map(Path, inputs):
        if path.resolve() in replaced | {out.resolve()}:
            raise DataError(f"{path}: would be replaced by the output; choose another --out")


@contextmanager
def _alone(out: Path) -> Iterator[None]:
    """Hold the folder, as one process can; the end of the process lets it go."""
    descriptor = os.open(out, os.O_RDONLY)
    try:
        if not lock(descriptor, wait=False):
            raise DataError(
                f"{out}: another process prepares this folder; wait for it, or choose another --out"
            )
        yield
    finally:
        with suppress(OSError):
            os.close(descriptor)


@contextmanager
def refuse_system_errors(folder: str | Path, option: str) -> Iterator[None]:
    """A full disk, or one that cannot be written, as a DataError; `option` names the folder."""
    try:
        yield
    except ConnectionError:  # of an engine
        raise
    except (OSError, pl.exceptions.PolarsError) as error:
        system = error if isinstance(error, OSError) else _system_error(error)
        if system is None:
            raise
        is_full = system.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
        remedy = (
            f"make room, or choose another {option}" if is_full else "see to its rights or disk"
        )
        raise DataError(
            f"{system.filename or folder}: {system.strerror or system}; {remedy}. Earlier data is "
            "as it was"
        ) from error


def _system_error(error: Exception) -> OSError | None:
    """What the system said to polars, which keeps its number in the text."""
    number = re.search(r"os error (\d+)", str(error))
    return OSError(int(number[1]), os.strerror(int(number[1]))) if number else None
