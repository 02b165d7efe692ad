"""Keeps what a run went through: one row a validation."""

import math
import time
from collections.abc import Callable, Mapping
from typing import Any

import lightning
import torch

from seqrec_core.contracts import Row, measured
from seqrec_trainer_lightning.lightning_internals import batches_begun


class History(lightning.Callback):
    """Calls `record` with a row at each validation, and at the end of an epoch that had none.

    A row has `epoch` (2.5 is the middle of the third), `step`, `train_loss` (mean since the last
    row), `learning_rate`, `seconds` since the last row, `sequences_per_second` of training alone
    and each metric measured. The loss is summed on the device and read once a row. A resumed run
    goes on where the rows of its checkpoint end. Only the main process records.
    """

    def __init__(self, record: Callable[[Row], None]) -> None:
        self.record = record
        self.rows: list[Row] = []
        self._loss: torch.Tensor | float = 0.0
        self._steps = 0
        self._sequences = 0
        self._start = self._training_seconds = 0.0

    @property
    def mean_loss(self) -> float:
        """Mean loss since the last row, in this process."""
        return float(self._loss) / max(self._steps, 1)

    def state_dict(self) -> dict[str, Any]:
        """The rows so far and the sums of the next one."""
        return {
            "rows": self.rows,
            "loss": float(self._loss),
            "steps": self._steps,
            "sequences": self._sequences,
            "seconds": time.perf_counter() - self._start,
        }

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Goes on from `state_dict()`."""
        self.rows = list(state_dict["rows"])
        self._loss = state_dict["loss"]
        self._steps = state_dict["steps"]
        self._sequences = state_dict["sequences"]
        self._start = time.perf_counter() - state_dict["seconds"]

    def on_train_epoch_start(self, trainer: lightning.Trainer, *_: Any) -> None:
        """Starts the clock."""
        self._restart()

    def on_train_batch_end(
        self, trainer: lightning.Trainer, pl_module: Any, outputs: Any, batch: Any, *_: Any
    ) -> None:
        """Adds the batch to the sums of the next row."""
        self._loss = self._loss + pl_module.step_loss
        self._steps += 1
        self._sequences += sequence_count(batch)

    def on_validation_start(self, trainer: lightning.Trainer, *_: Any) -> None:
        """Stops the clock of training."""
        self._training_seconds = time.perf_counter() - self._start

    def on_validation_end(self, trainer: lightning.Trainer, *_: Any) -> None:
        """Records the row of this validation."""
        metrics = {
            name: float(value)
            for name, value in trainer.callback_metrics.items()
            if not name.startswith(("train_loss", "lr-"))
        }
        self._write(trainer, self._training_seconds, measured(metrics))
        self._restart()

    def on_train_epoch_end(self, trainer: lightning.Trainer, *_: Any) -> None:
        """Records the row of an epoch, or of its rest, without validation."""
        if self._steps:
            self._write(trainer, time.perf_counter() - self._start, {})

    def _restart(self) -> None:
        self._loss, self._steps, self._sequences = 0.0, 0, 0
        self._start = time.perf_counter()

    def _write(
        self, trainer: lightning.Trainer, seconds: float, metrics: Mapping[str, float]
    ) -> None:
        device = trainer.strategy.root_device
        mean = torch.tensor(self.mean_loss, device=device)
        loss = float(trainer.strategy.reduce(mean, reduce_op="mean"))
        row = {
            "epoch": epochs_begun(trainer),
            "step": trainer.global_step,
            "train_loss": loss,
            "learning_rate": trainer.optimizers[0].param_groups[0]["lr"],
            "seconds": round(time.perf_counter() - self._start, 3),
            "sequences_per_second": round(self._sequences * trainer.world_size / seconds, 1),
            **metrics,
        }
        self.rows.append(row)
        speed = {"sequences_per_second": row["sequences_per_second"]}
        for logger in trainer.loggers:
            logger.log_metrics(speed, trainer.global_step)
        if trainer.is_global_zero:
            self.record(row)


def sequence_count(batch: Mapping[str, Any]) -> int:
    """Number of sequences B in a batch: rows of the padding mask, or of its first tensor."""
    if "padding_mask" in batch:
        return len(batch["padding_mask"])
    tensors = (value for value in batch.values() if isinstance(value, torch.Tensor) and value.dim())
    return next(map(len, tensors), 0)


def epochs_begun(trainer: lightning.Trainer) -> float:
    """Epochs so far, 2.5 in the middle of the third; whole ones where their length is not known."""
    batches = trainer.num_training_batches
    if math.isinf(batches):
        return trainer.current_epoch + float(trainer.is_last_batch)
    return trainer.current_epoch + round(batches_begun(trainer) / batches, 3)
