"""Checkpoints that are whole, or as they were, and that run no code when they are loaded."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import torch
from lightning.fabric.plugins import CheckpointIO
from torch.serialization import get_unsafe_globals_in_checkpoint

from seqrec_core.errors import SeqrecError
from seqrec_core.whole_files import whole_file
from seqrec_trainer_lightning.archive_faults import archive_fault, previous_of


class WholeCheckpoints(CheckpointIO):
    """Writes each checkpoint beside its place, and keeps the one before it; loads plain data only.

    Where the last checkpoint is damaged, the one before it is loaded, and `say` says so. Plain
    data are tensors, numbers, text and containers of them, and what a program has named to
    `torch.serialization.add_safe_globals`.
    """

    def __init__(self, say: Callable[[str], None] = print) -> None:
        self.say = say
        self._damaged: Path | None = None

    def save_checkpoint(
        self, checkpoint: dict[str, Any], path: str | Path, storage_options: Any = None
    ) -> None:
        """Writes a checkpoint; what was there becomes the one before, unless it is damaged."""
        path = Path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(path) as draft:
            with draft.open("wb") as file:  # which says what failed, as torch's own does not
                torch.save(checkpoint, file)
            if path.is_file() and path != self._damaged:
                _keep(path, previous_of(path))
        self._damaged = None

    def load_checkpoint(
        self, path: str | Path, map_location: Any = None, weights_only: bool | None = True
    ) -> dict[str, Any]:
        """The checkpoint at a path, or the one before it; SeqrecError where neither can be loaded.

        What is in it is never run, whatever `weights_only` says.
        """
        path = self._whole(Path(path))
        _check_plain(path)
        try:
            state: dict[str, Any] = torch.load(path, map_location or "cpu", weights_only=True)
        except Exception as cause:
            reason = str(cause).partition("\n")[0] or type(cause).__name__
            raise SeqrecError(f"{path} cannot be loaded: {reason}") from cause
        if not isinstance(state, dict) or not {"state_dict", "loops"} <= state.keys():
            raise SeqrecError(f"{path} is no checkpoint of a run; train anew in another --out")
        return state

    def remove_checkpoint(self, path: str | Path) -> None:
        """Removes a checkpoint."""
        Path(path).unlink(missing_ok=True)

    def _whole(self, path: Path) -> Path:
        """The path, or that of the checkpoint before it where it is damaged."""
        fault = archive_fault(path)
        if fault is None:
            return path
        before = previous_of(path)
        if archive_fault(before):
            raise SeqrecError(f"{path} is damaged: {fault}; train anew in another --out")
        self._damaged = path
        self.say(f"{path} is damaged: {fault}. The run goes on from {before}, the one before it")
        return before


def _keep(path: Path, previous: Path) -> None:
    """Has a second name for a file, or a copy where the file system has no such names."""
    with whole_file(previous) as draft:
        try:
            os.link(path, draft)
        except OSError:
            shutil.copy2(path, draft)


def _check_plain(path: Path) -> None:
    """Raises SeqrecError where a checkpoint names classes or functions that are no plain data."""
    try:
        names = get_unsafe_globals_in_checkpoint(path)
        with ZipFile(path) as archive:
            pickles = [name for name in archive.namelist() if name.endswith("data.pkl")]
            if any(b"bytearray" in archive.read(name) for name in pickles):
                names.append("builtins.bytearray")  # of any length, whatever the file's is
    except Exception as cause:
        raise SeqrecError(f"{path} cannot be loaded: what it holds is damaged") from cause
    if names:
        raise SeqrecError(
            f"{path} is not loaded: it holds {', '.join(sorted(names)[:3])}, which could run code; "
            "if it is yours, name these to torch.serialization.add_safe_globals, or train anew in "
            "another --out"
        )
