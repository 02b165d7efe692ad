"""One run a folder: who writes in it, and whether a run in it has come to its end.

.running      who writes now; locked by that process, so that the end of a process frees the folder
.unfinished   there while a run has not ended as it should
"""

import json
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import attrs
from rich.console import Console

from seqrec_core.errors import SeqrecError
from seqrec_core.file_lock import lock
from seqrec_core.whole_files import write_text

FIT = "fit"  # the command that holds a folder for long; others hold it for a moment
PATIENCE = 10.0  # seconds to wait for those
RANKS = ("LOCAL_RANK", "NODE_RANK", "SLURM_PROCID")  # of a process that no `torchrun` started

_descriptors: set[int] = set()  # of folders that this process holds


class HeldError(SeqrecError):
    """Another process writes in the folder."""


@attrs.frozen
class Holder:
    """The process that writes in a folder."""

    command: str
    pid: int
    host: str
    since: str

    def __str__(self) -> str:
        return f"process {self.pid} on {self.host} ({self.command}, since {self.since})"


@attrs.frozen
class RunFolder:
    """The folder of a run at a path."""

    path: Path

    @property
    def is_unfinished(self) -> bool:
        """Whether a run here began, and did not end as it should."""
        return self._mark.is_file()

    def begin(self) -> None:
        """Marks the run as unfinished."""
        if is_first_process():
            write_text(self._mark, "A run in this folder has not come to its end.\n")

    def finish(self) -> None:
        """Takes the mark away."""
        if is_first_process():
            self._mark.unlink(missing_ok=True)

    @contextmanager
    def held(self, command: str, console: Console) -> Iterator[None]:
        """Nobody else writes here meanwhile; the folder is there. Says whose place was taken.

        Of the processes of one run only the first holds it. Raises HeldError, which names who
        does, where another one of this machine writes, or one of another machine may.
        """
        if not is_first_process():
            yield
            return
        self.path.mkdir(parents=True, exist_ok=True)
        descriptor, before = self._taken(time.monotonic() + PATIENCE)
        _descriptors.add(descriptor)
        try:
            this = Holder(command, os.getpid(), socket.gethostname(), _now())
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, json.dumps(attrs.asdict(this)).encode(), 0)
            if before:
                console.print(f"{before} held {self.path} and is gone; this run takes its place")
            yield
        finally:
            _descriptors.discard(descriptor)
            with suppress(OSError):
                self._file.unlink()
            os.close(descriptor)

    def _taken(self, until: float) -> tuple[int, Holder | None]:
        """A descriptor of the locked file, and who left it; waits for those who hold it shortly."""
        while True:
            descriptor, is_locked = _locked(self._file)
            holder = _holder(descriptor)
            if is_locked and (holder is None or not self._may_live(holder)):
                return descriptor, holder
            os.close(descriptor)
            if holder and holder.command != FIT and time.monotonic() < until:
                time.sleep(0.05)
            elif is_locked and holder:
                raise HeldError(
                    f"{holder} holds {self.path}, and from here nobody can tell whether it still "
                    f"runs; if it does not, remove {self._file}, or choose another --out"
                )
            else:
                raise HeldError(
                    f"{holder or 'another process'} writes in {self.path}; wait for its end, or "
                    "choose another --out"
                )

    def _may_live(self, holder: Holder) -> bool:
        """Whether one may write whose lock nobody sees: on another machine."""
        return holder.host != socket.gethostname()

    @property
    def _file(self) -> Path:
        return self.path / ".running"

    @property
    def _mark(self) -> Path:
        return self.path / ".unfinished"


def is_first_process() -> bool:
    """Whether this is the first of the processes of a run, as its environment says.

    RANK, which `torchrun` sets, decides: it may number machines otherwise than Slurm does.
    """
    if rank := os.environ.get("RANK"):
        return rank == "0"
    return all(os.environ.get(name, "0") in ("", "0") for name in RANKS)


def _locked(path: Path) -> tuple[int, bool]:
    """A descriptor of a file, which is made where it lacks, and whether it could be locked."""
    _close_in_children()
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o644)
        if not lock(descriptor, wait=False):
            return descriptor, False
        with suppress(FileNotFoundError):
            if path.stat().st_ino == os.fstat(descriptor).st_ino:
                return descriptor, True
        os.close(descriptor)  # its holder took the file away in between


@cache
def _close_in_children() -> None:
    """Has workers that fork later not hold what their parent holds: they may outlive it."""

    def close() -> None:
        while _descriptors:
            os.close(_descriptors.pop())

    os.register_at_fork(after_in_child=close)


def _holder(descriptor: int) -> Holder | None:
    """Who wrote the file; None for one that nobody has written to, or that is damaged."""
    try:
        return Holder(**json.loads(os.pread(descriptor, 4096, 0)))
    except (ValueError, TypeError):
        return None


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
