"""Where the trials of a search stand: a journal that outlives whoever is killed writing it."""

import json
import os
import warnings
from pathlib import Path

import optuna
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend, JournalFileOpenLock

from seqrec_core.errors import DataError
from seqrec_core.file_lock import lock
from seqrec_tool_tune.study_folder import StudyFolder

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
    """The journal of a study's folder; a last line that was cut short is taken away first.

    Raises DataError for another damaged line, and for one that knows no trial where there are some.
    """
    path = folder / JOURNAL
    if path.is_file():
        with path.open("r+b") as file:
            text = file.read()
            _check_lines(path, text.splitlines(keepends=True))
            file.truncate(text.rfind(b"\n") + 1)
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        backend = JournalFileBackend(str(path), lock_obj=HeldFile(folder / ".journal"))
        storage = JournalStorage(backend)
        summaries = optuna.get_all_study_summaries(storage)
    trials = StudyFolder(folder).trial(0).parent
    if not any(each.n_trials for each in summaries) and any(p.is_dir() for p in trials.glob("*")):
        raise DataError(
            f"{path} knows none of the trials in {trials}; restore it, or choose another --out"
        )
    return storage


def _check_lines(path: Path, lines: list[bytes]) -> None:
    """Raises DataError for the first whole line that is no entry of a journal."""
    for number, line in enumerate(lines, 1):
        try:
            is_entry = not line.endswith(b"\n") or "op_code" in dict(json.loads(line))
        except (ValueError, TypeError):
            is_entry = False
        if not is_entry:
            raise DataError(
                f"{path}, line {number} is damaged; restore the file, or search anew with "
                "another --out"
            )
