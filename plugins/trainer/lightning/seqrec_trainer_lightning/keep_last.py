"""Keeps the means to go on after an interruption, and heeds one."""

import signal
import threading
from pathlib import Path
from typing import Any

import lightning
from lightning.pytorch.callbacks import Checkpoint

from seqrec_trainer_lightning.lightning_internals import validates_after


class InterruptedRunError(Exception):
    """The user, or the machine, asked the run to stop; its last checkpoint is written."""


class KeepLast(Checkpoint):
    """Writes `path` at the end of each epoch, at validations within one, and when interrupted.

    The first Ctrl-C, or SIGTERM, lets the batch and a validation that is due finish, writes the
    checkpoint and raises InterruptedRunError; a second one stops at once. Several processes ask
    each other only every `ask_every` batches, since a question waits for all.
    """

    def __init__(self, path: Path, ask_every: int = 1) -> None:
        self.path = path
        self.ask_every = ask_every
        self.interrupted = False
        self._handlers: dict[signal.Signals, Any] = {}

    def on_train_start(self, trainer: lightning.Trainer, *_: Any) -> None:
        """Listens for interruptions."""
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                self._handlers[number] = signal.signal(number, self._interrupt)

    def on_train_batch_end(
        self, trainer: lightning.Trainer, pl_module: Any, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Stops here if an interruption came, unless a validation or the epoch's end is next."""
        if trainer.world_size > 1 and (batch_idx + 1) % self.ask_every:
            return
        waits = validates_after(trainer, batch_idx) or trainer.is_last_batch
        if not waits and self._hears(trainer):
            self._save(trainer)

    def on_validation_end(self, trainer: lightning.Trainer, *_: Any) -> None:
        """Writes the checkpoint within an epoch."""
        if not trainer.is_last_batch:
            self._save(trainer)

    def on_train_epoch_end(self, trainer: lightning.Trainer, *_: Any) -> None:
        """Writes the checkpoint of the epoch."""
        self._save(trainer)

    def teardown(self, trainer: lightning.Trainer, pl_module: Any, stage: str) -> None:
        """Gives the signals back."""
        self._release()

    def on_exception(self, trainer: lightning.Trainer, *_: Any) -> None:
        """Gives the signals back."""
        self._release()

    def _save(self, trainer: lightning.Trainer) -> None:
        interrupted = self._hears(trainer)
        trainer.save_checkpoint(self.path)
        if interrupted:
            raise InterruptedRunError

    def _hears(self, trainer: lightning.Trainer) -> bool:
        """Whether any process was interrupted; then all are, to stop at the same batch."""
        if trainer.strategy.reduce_boolean_decision(self.interrupted, all=False):
            self.interrupted = True
            return True
        return False

    def _interrupt(self, number: int, frame: Any) -> None:
        self.interrupted = True
        self._release()

    def _release(self) -> None:
        while self._handlers:
            signal.signal(*self._handlers.popitem())
