"""What Lightning tells its loggers, told to a run."""

from collections.abc import Callable
from typing import Any

import lightning
from lightning.pytorch.loggers import Logger

from seqrec_core.contracts import Row


class RunLogger(Logger):
    """Tells `log` each value that is logged, in the main process.

    The step is the number of optimiser steps that were made; Lightning's own is one behind where
    training is in the middle of an epoch.
    """

    def __init__(self, trainer: lightning.Trainer, log: Callable[[Row, int], None]) -> None:
        super().__init__()
        self._trainer = trainer
        self._log = log

    @property
    def name(self) -> str:
        """A run has one log."""
        return "run"

    @property
    def version(self) -> str:
        """A run has one log."""
        return ""

    def log_metrics(self, metrics: Any, step: int | None = None) -> None:
        """Passes the values on."""
        if self._trainer.is_global_zero:
            values = {name: float(value) for name, value in metrics.items()}
            self._log(values, self._trainer.global_step)

    def log_hyperparams(self, *_: Any, **__: Any) -> None:
        """Nothing: who follows a run has its recipe."""
