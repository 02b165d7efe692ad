"""Keeps the best weights and the means to go on after an interruption."""

import math
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import lightning
from lightning.pytorch.callbacks import Checkpoint

from seqrec_core.errors import SeqrecError
from seqrec_trainer_lightning.history import History, Row, metrics_of


class InterruptedRunError(Exception):
    """The user, or the machine, asked the run to stop; its last checkpoint is written."""


class KeepBest(lightning.Callback):
    """Calls `keep` with the history's row when the monitored metric is the best so far.

    `patience` counts validations without improvement until the run stops; None never stops it. A
    resumed run that had stopped so trains no more.
    Not-a-number is never an improvement. Raises SeqrecError when nothing measures the metric.
    """

    def __init__(
        self,
        history: History,
        monitor: str,
        mode: Literal["max", "min"],
        patience: int | None,
        keep: Callable[[Row], None],
    ) -> None:
        self.history = history
        self.monitor = monitor
        self.sign = 1 if mode == "max" else -1
        self.patience = patience
        self.keep = keep
        self.best: Row | None = None
        self.stale = 0

    def state_dict(self) -> dict[str, Any]:
        """The best row so far and the validations since."""
        return {"best": self.best, "stale": self.stale}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Goes on from `state_dict()`."""
        self.best, self.stale = state_dict["best"], state_dict["stale"]

    def on_train_start(self, trainer: lightning.Trainer, *_: Any) -> None:
        """Stops a resumed run whose patience has ended."""
        self._stop_if_stale(trainer)

    def on_validation_end(self, trainer: lightning.Trainer, *_: Any) -> None:
        """Compares the newest row with the best."""
        row = self.history.rows[-1]
        if self.monitor not in row:
            names = ", ".join(sorted(metrics_of(row))) or "nothing"
            raise SeqrecError(
                f"trainer.monitor is {self.monitor!r}, which no callback measures; measured: "
                f"{names}. Monitor one of them, or add the metric to trainer.metrics"
            )
        if self._improves(row[self.monitor]):
            self.best, self.stale = row, 0
            if trainer.is_global_zero:
                self.keep(row)
        else:
            self.stale += 1
            self._stop_if_stale(trainer)

    def _stop_if_stale(self, trainer: lightning.Trainer) -> None:
        if self.patience is not None and self.stale >= self.patience:
            trainer.should_stop = True

    def _improves(self, value: float) -> bool:
        best = -math.inf if self.best is None else self.sign * self.best[self.monitor]
        return self.sign * value > best


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
        validates = (batch_idx + 1) % (trainer.val_check_batch or math.inf) == 0
        if not validates and not self._ends_epoch(trainer) and self._hears(trainer):
            self._save(trainer)

    def on_validation_end(self, trainer: lightning.Trainer, *_: Any) -> None:
        """Writes the checkpoint within an epoch."""
        if not self._ends_epoch(trainer):
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

    def _ends_epoch(self, trainer: lightning.Trainer) -> bool:
        return trainer.fit_loop.epoch_loop.batch_progress.is_last_batch

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
