"""A result in parts in a folder that all processes see: finished beside its place, then renamed.

.top.unfinished/          parts as they are written; its lock is held by the command
.top.unfinished/whole/    those that were answered, just before they take the place of `top`
.top.replaced/            the earlier result, until its parts are removed
"""

import os
import re
import shutil
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import attrs

from seqrec_core.errors import SeqrecError, words_of
from seqrec_core.file_lock import lock
from seqrec_core.whole_files import sync, write_json
from seqrec_tool_run.part_names import MARKER, check_names, is_part

__all__ = ["FolderParts", "begun_folder"]

WHOLE = "whole"
_DRAFT = re.compile(r"\.(.+)\.draft")  # a file that `whole_file` has not finished


@attrs.frozen
class FolderParts:
    """The parts of a folder that all processes see."""

    out: Path
    unfinished: Path

    @contextmanager
    def written(self, name: str) -> Iterator[Path]:
        """In the unfinished folder."""
        yield self.unfinished / name

    @contextmanager
    def opened(self, name: str) -> Iterator[Any]:
        """The path."""
        if not (path := self.unfinished / name).exists():
            raise self._missed(name)
        yield path

    def commit(self, names: Sequence[str], rows: int) -> None:
        """Has a folder of these parts alone take the place of the earlier one."""
        whole = self.unfinished / WHOLE
        whole.mkdir()
        for name in names:
            try:
                (self.unfinished / name).rename(whole / name)
            except FileNotFoundError:
                raise self._missed(name) from None
        write_json(whole / MARKER, {"rows": rows, "parts": [*names]})
        sync(whole)
        try:
            self._put_in_place(whole)
        except (OSError, SeqrecError) as cause:
            kept = self.out.with_name(f"{self.out.name}.kept-{uuid.uuid4().hex[:8]}")
            whole.rename(kept)
            said = cause if isinstance(cause, SeqrecError) else words_of(cause)
            raise SeqrecError(
                f"{said}; {self.out} is as it was, and the new result is whole in {kept}"
            ) from cause
        with suppress(KeyboardInterrupt):  # the result is there; another command removes the rest
            _remove_parts(_replaced(self.out))

    def _put_in_place(self, whole: Path) -> None:
        """Renames the earlier result, then the new one; puts back the former if that fails."""
        replaced = _replaced(self.out)
        _check_free(self.out)
        try:
            with suppress(FileNotFoundError):
                self.out.rename(replaced)
                check_names(self.out, os.listdir(replaced))  # nobody writes to that name any more
            whole.rename(self.out)
            sync(self.out.parent)
        except BaseException:
            if whole.exists():
                with suppress(OSError):
                    replaced.rename(self.out)
                raise

    def _missed(self, name: str) -> SeqrecError:
        return SeqrecError(
            f"{self.unfinished} has no {name}, which a process wrote: {self.out} must be "
            "on a disk that all machines see; name such a place, or a URI"
        )


@contextmanager
def begun_folder(out: Path) -> Iterator[FolderParts]:
    """The parts of a folder, or of that which a link leads to; see `result_parts.begun`."""
    out = Path(os.path.realpath(out) if os.path.islink(out) else os.path.abspath(out))
    if os.path.ismount(out):
        raise SeqrecError(
            f"{out} is a mount point, and no folder can take its place; name a folder in it, such "
            f"as {out / 'top'}"
        )
    unfinished = out.with_name(f".{out.name}.unfinished")
    with _locked(unfinished, out):
        try:
            _settle(out, unfinished)
        except BaseException:
            with suppress(OSError):  # it is not empty
                unfinished.rmdir()
            raise
        try:
            yield FolderParts(out, unfinished)
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)


@contextmanager
def _locked(unfinished: Path, out: Path) -> Iterator[None]:
    """Makes the folder, and holds it; SeqrecError where another process does."""
    unfinished.parent.mkdir(parents=True, exist_ok=True)
    unfinished.mkdir(exist_ok=True)
    descriptor = os.open(unfinished, os.O_RDONLY)
    try:
        if not lock(descriptor, wait=False) or not _is_at(descriptor, unfinished):
            raise SeqrecError(f"another process writes to {out}; wait for its end")
        yield
    finally:
        os.close(descriptor)


def _is_at(descriptor: int, folder: Path) -> bool:
    with suppress(OSError):
        return os.path.samestat(os.fstat(descriptor), folder.stat())
    return False


def _settle(out: Path, unfinished: Path) -> None:
    """Removes or puts back what a killed process left; SeqrecError for what is no part."""
    replaced = _replaced(out)
    _check_free(out)
    for folder in (unfinished, unfinished / WHOLE, replaced):
        names = os.listdir(folder) if folder.is_dir() else []
        check_names(folder, (_DRAFT.sub(r"\1", name) for name in names if name != WHOLE))
    for path in unfinished.iterdir():
        shutil.rmtree(path) if path.name == WHOLE else path.unlink(missing_ok=True)
    if replaced.is_dir():
        with suppress(OSError):  # unless it is empty
            out.rmdir()
        _remove_parts(replaced) if out.exists() else replaced.rename(out)


def _remove_parts(folder: Path) -> None:
    """Removes the parts in a folder, if it is there, and the folder, if nothing else is in it."""
    with suppress(OSError):
        for name in filter(lambda name: is_part(name) or name == MARKER, os.listdir(folder)):
            (folder / name).unlink(missing_ok=True)
        folder.rmdir()


def _replaced(out: Path) -> Path:
    """Where an earlier result is while a new one takes its place."""
    return out.with_name(f".{out.name}.replaced")


def _check_free(out: Path) -> None:
    """Raises SeqrecError for a file, and for a folder with anything but an earlier result."""
    if out.is_dir():
        check_names(out, os.listdir(out))
    elif os.path.lexists(out):
        raise SeqrecError(f"{out} is a file, and an engine writes a folder; name another place")
