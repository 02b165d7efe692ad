"""Where the trials of a search stand: a journal that outlives whoever is killed writing it."""

import os
import warnings
from pathlib import Path

import optuna
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend, JournalFileOpenLock

from seqrec_core.file_lock import lock

JOURNAL = "journal.log"


class HeldFile(JournalFileOpenLock):
    """A lock that ends with the process that holds it, so that nobody waits for a dead one."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor = -1

    def acquire(self) -> bool:
        """Waits for the lock."""
        self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o644)
        return lock(self._descriptor)

    def release(self) -> None:
        """Lets go."""
        os.close(self._descriptor)


def storage_at(folder: Path) -> JournalStorage:
    """The journal of a study's folder; a last line that was cut short is taken away first."""
    path = folder / JOURNAL
    if path.is_file():
        with path.open("r+b") as file:
            text = file.read()
            file.truncate(text.rfind(b"\n") + 1)
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return JournalStorage(JournalFileBackend(str(path), lock_obj=HeldFile(folder / ".journal")))
