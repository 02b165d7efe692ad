"""The processes that train together: how many there are, and what to do when one dies."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import lightning
import torch

from seqrec_core.errors import SeqrecError

LOOK_EVERY = 1.0  # seconds; Lightning looks every 5, and ends all without a word
LAST_WORDS = 2.0  # seconds for another process to end, after what it was waited for failed
SIGNS = ("gloo", "NCCL", "Connection", "connection", "store", "Socket", "recv")  # of a lost one
STARTER = "SEQREC_STARTED_BY"  # of the processes that the first one starts: its number
LOST = "the run ends; its last checkpoint is whole, go on with --resume"


class LostProcessError(SeqrecError):
    """Another of the processes that train together has ended."""


def of_launcher() -> dict[str, int]:
    """Processes of this machine and machines, as `torchrun` started them; empty without it."""
    distributed = torch.distributed
    if not (distributed.is_available() and distributed.is_torchelastic_launched()):
        return {}
    here, everywhere = (int(os.environ[name]) for name in ("LOCAL_WORLD_SIZE", "WORLD_SIZE"))
    return {"devices": here, "num_nodes": everywhere // here}


def machine_of(devices: int | None) -> dict[str, Any]:
    """Arguments of Lightning's trainer; SeqrecError where `torchrun` started another number."""
    launched = of_launcher()
    if launched and devices not in (None, launched["devices"]):
        raise SeqrecError(
            f"trainer.devices is {devices}, and torchrun started {launched['devices']} processes "
            "here; set it to null, which takes those"
        )
    return launched or {"devices": devices or "auto"}


def is_first() -> bool:
    """Whether this is the first of the processes that `torchrun` started, or none of them."""
    return not of_launcher() or os.environ["RANK"] == "0"


@contextmanager
def watching_others(trainer: lightning.Trainer) -> Iterator[None]:
    """Ends this process soon after another one of its run has died, with a sentence.

    Raises LostProcessError where what was asked of the other one fails; a process that waits for
    it in vain, which no exception reaches, is ended by a thread.
    """
    if trainer.world_size == 1:
        yield
        return
    watch = _Watch(trainer)
    watch.start()
    try:
        yield
    except RuntimeError as cause:
        if _failed_to_meet(cause):
            watch.end_others()
            raise SeqrecError(not_met(cause)) from cause
        if lost := watch.lost(LAST_WORDS):
            watch.end_others()
            raise LostProcessError(f"{lost}; {LOST}") from cause
        if any(sign in str(cause) for sign in SIGNS):
            raise LostProcessError(f"another process of this run has ended; {LOST}") from cause
        raise
    finally:
        watch.stop()


def not_met(cause: Exception) -> str:
    """That processes did not find each other as the run began, and what to look at."""
    address, port = (os.environ.get(name, "unset") for name in ("MASTER_ADDR", "MASTER_PORT"))
    first = str(cause).splitlines()[0] if str(cause) else type(cause).__name__
    if "EADDRINUSE" in str(cause) or "address already in use" in str(cause).lower():
        return (
            f"MASTER_PORT={port} is taken by another program of this machine; set MASTER_PORT to a "
            "free port, or leave it unset, which finds one"
        )
    return (
        f"the processes of this run did not find each other at MASTER_ADDR={address}, "
        f"MASTER_PORT={port}: {first}; all must reach that address, and as many must be started as "
        "the first one waits for"
    )


def _failed_to_meet(cause: Exception) -> bool:
    """Whether it is one of processes that look for each other; never without torch.distributed."""
    distributed = torch.distributed
    if not distributed.is_available() or distributed.is_initialized():
        return False
    return isinstance(cause, distributed.DistError)


class _Watch(threading.Thread):
    """Looks after the processes that this one started, or after the one that started it."""

    def __init__(self, trainer: lightning.Trainer) -> None:
        super().__init__(daemon=True, name="seqrec-other-processes")
        self._launcher: Any = trainer.strategy.launcher
        self._is_child = trainer.local_rank > 0 or bool(of_launcher())
        self._parent = os.getppid()
        if not self._is_child:
            os.environ[STARTER] = str(os.getpid())  # what those that Lightning starts inherit
        elif not of_launcher() and STARTER in os.environ:
            self._parent = int(os.environ[STARTER])  # who may have ended before this line
        self._stopped = threading.Event()

    def run(self) -> None:
        while not self._stopped.wait(LOOK_EVERY):
            lost = self.lost(0)
            # who waits for nobody raises before, and says the same in the main thread
            if lost and not self._stopped.wait(2 * LAST_WORDS):
                print(f"{lost}; {LOST}", file=sys.stderr, flush=True)
                self.end_others()
                os.kill(os.getpid(), signal.SIGKILL)  # a wait that no exception reaches

    def stop(self) -> None:
        """Looks no more."""
        self._stopped.set()
        self.join()
        if not self._is_child:
            os.environ.pop(STARTER, None)

    def lost(self, seconds: float) -> str | None:
        """Which process has ended, waiting that long for the end of one; None where none has."""
        if self._is_child:
            gone = os.getppid() != self._parent
            return f"process {self._parent}, which started this one, has ended" if gone else None
        until = threading.Event()
        for _ in range(max(round(seconds / 0.1), 1)):
            for number, process in enumerate(self._others(), start=1):
                if process.poll():
                    return f"process {number} of this run {_end_of(process)}"
            until.wait(0.1 if seconds else 0)
        return None

    def end_others(self) -> None:
        """Ends the processes that this one started."""
        for process in self._others():
            if process.poll() is None:
                process.kill()

    def _others(self) -> Sequence["subprocess.Popen[bytes]"]:
        return [] if self._is_child or self._launcher is None else self._launcher.procs


def _end_of(process: "subprocess.Popen[bytes]") -> str:
    """How a process ended."""
    if process.returncode < 0:
        name = signal.Signals(-process.returncode).name
        memory = ", perhaps for lack of memory" if name == "SIGKILL" else ""
        return f"was ended by {name}{memory}"
    return f"ended with exit code {process.returncode}"
