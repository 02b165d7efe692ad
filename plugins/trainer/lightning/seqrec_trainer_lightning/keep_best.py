"""Keeps the best weights of a run, and ends it when they get no better."""

import math
from collections.abc import Callable
from typing import Any, Literal

import lightning

from seqrec_core.contracts import Row, measured
from seqrec_core.errors import SeqrecError
from seqrec_trainer_lightning.history import History
from seqrec_trainer_lightning.specs import TRAIN_LOSS


class KeepBest(lightning.Callback):
    """Calls `keep`, in all processes, with the history's row of the best monitored metric so far.

    `patience` counts validations without improvement until the run stops; None never stops it, nor
    do fewer than `patience_steps` optimiser steps since the best. A resumed run that had stopped
    so trains no more.
    Not-a-number is never an improvement. Raises SeqrecError when nothing measures the metric, and
    at once where the training loss is to be as large as can be.
    """

    def __init__(
        self,
        history: History,
        monitor: str,
        mode: Literal["max", "min"],
        patience: int | None,
        keep: Callable[[Row], None],
        patience_steps: int = 0,
    ) -> None:
        if monitor == TRAIN_LOSS and mode == "max":
            raise SeqrecError('trainer.monitor is the training loss: set trainer.mode to "min"')
        self.history = history
        self.monitor = monitor
        self.sign = 1 if mode == "max" else -1
        self.patience = patience
        self.keep = keep
        self.patience_steps = patience_steps
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
        check_monitor(self.monitor, row)
        if self._improves(row[self.monitor]):
            self.best, self.stale = row, 0
            self.keep(row)
        else:
            self.stale += 1
            self._stop_if_stale(trainer)

    def _stop_if_stale(self, trainer: lightning.Trainer) -> None:
        steps = trainer.global_step - (self.best or {"step": 0})["step"]
        is_over = self.patience is not None and self.stale >= self.patience
        if is_over and steps >= self.patience_steps:
            trainer.should_stop = True

    def _improves(self, value: float) -> bool:
        best = -math.inf if self.best is None else self.sign * self.best[self.monitor]
        return self.sign * value > best


def check_monitor(monitor: str, row: Row) -> None:
    """Raises SeqrecError unless a row of a validation has the metric that chooses weights."""
    if monitor not in row:
        names = ", ".join(sorted(measured(row))) or "nothing"
        raise SeqrecError(
            f"trainer.monitor is {monitor!r}, which no callback measures; measured: "
            f"{names}. Monitor one of them, or add the metric to trainer.metrics"
        )
