"""Ends a run at the step whose loss, gradients or weights are not finite, and says why."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs
import lightning
import torch
from lightning.pytorch.strategies import DDPStrategy, SingleDeviceStrategy
from seqrec_library_kernels.non_finite import first_parameter
from torch import Tensor

from seqrec_core.contracts import Batch, DataModuleProto
from seqrec_core.whole_files import whole_file
from seqrec_trainer_lightning.diagnosis import Diagnosis
from seqrec_trainer_lightning.lightning_internals import batches_begun
from seqrec_trainer_lightning.shared_tables import shared_parameters

FOLDER = "faults"
LATE = ". The weights may have changed since; trainer.accelerator=cpu stops before they do"


class FinitenessWatch(lightning.Callback):
    """Raises SeqrecError, DataError for data, where training computes what is not finite.

    The loss of each batch is looked at before the optimiser uses it, the norm of gradients that
    are clipped after the step, all weights before a validation, before a checkpoint and at the
    end: no weights that are not finite are kept. The batch goes to `folder`/faults, see
    `tensors_of`. A GPU is not waited for: its numbers are read when the loss of the next batch has
    been asked for, by when the weights may have followed.
    """

    def __init__(self, folder: Path | None, data: DataModuleProto) -> None:
        self.folder = folder
        self.data = data
        self._batch: Batch = {}
        self._loss: Reading | None = None
        self._norm: Reading | None = None

    def on_train_batch_start(
        self, trainer: lightning.Trainer, pl_module: Any, batch: Batch, batch_idx: int
    ) -> None:
        """Keeps the batch for a while."""
        self._batch = batch

    def on_before_backward(self, trainer: lightning.Trainer, pl_module: Any, loss: Tensor) -> None:
        """Looks at the loss; on a GPU at what the last batch left, and this one's is sent for."""
        self._look(trainer, pl_module)
        step = trainer.global_step + 1
        self._loss = Reading.of(pl_module.step_loss, self._batch, step, batches_begun(trainer))
        if self._loss.is_here:
            self._look(trainer, pl_module)

    def on_train_batch_end(self, trainer: lightning.Trainer, pl_module: Any, *_: Any) -> None:
        """Looks at the norm of the gradients, where they were clipped."""
        norm, pl_module.gradient_norm = pl_module.gradient_norm, None
        if norm is not None:
            step = trainer.global_step
            self._norm = Reading.of(norm, self._batch, step, batches_begun(trainer))
            if self._norm.is_here:
                self._look(trainer, pl_module)

    def on_validation_start(self, trainer: lightning.Trainer, pl_module: Any) -> None:
        """Looks at the weights before they are measured and, perhaps, kept."""
        self._check_weights(trainer, pl_module)

    def on_save_checkpoint(
        self, trainer: lightning.Trainer, pl_module: Any, checkpoint: dict[str, Any]
    ) -> None:
        """Looks at the weights before they are written."""
        self._check_weights(trainer, pl_module)

    def on_train_end(self, trainer: lightning.Trainer, pl_module: Any) -> None:
        """Looks at the weights that training leaves."""
        self._check_weights(trainer, pl_module)
        self._batch = {}

    def on_exception(self, *_: Any) -> None:
        """Lets the batch go."""
        self._batch, self._loss, self._norm = {}, None, None

    def _look(self, trainer: lightning.Trainer, module: Any) -> None:
        """Reads the numbers that have arrived, and ends the run if one is not finite."""
        norm, self._norm = self._norm, None
        loss, self._loss = self._loss, None
        for reading, name in ((loss, "training loss"), (norm, "norm of the gradients")):
            if reading is not None and not math.isfinite(value := reading.value()):
                subject = f"the {name} became {value} at step {reading.step:,}"
                self._end(trainer, module, reading, subject)

    def _check_weights(self, trainer: lightning.Trainer, module: Any) -> None:
        self._look(trainer, module)
        if first_parameter(module.model) is not None:
            step = trainer.global_step
            reading = Reading(self._batch, step, batches_begun(trainer))
            subject = f"weights that are not finite came of training by step {step:,}"
            self._end(trainer, module, reading, subject)

    def _end(
        self, trainer: lightning.Trainer, module: Any, reading: "Reading", subject: str
    ) -> None:
        """Raises with all that can be known of the reason."""
        where = f"{subject} (epoch {trainer.current_epoch + 1}, batch {reading.batch_of_epoch:,})"
        is_here = isinstance(trainer.strategy, SingleDeviceStrategy | DDPStrategy)
        is_whole = is_here and not shared_parameters(module.model)
        diagnosis = Diagnosis(module.model, reading.batch, self.data)
        with trainer.precision_plugin.train_step_context():
            error = diagnosis.error(where, runs_again=is_whole)
        late = "" if reading.is_here else LATE
        saved = self._saved(reading, trainer.global_rank)
        raise type(error)(f"{error}{late}{saved}")

    def _saved(self, reading: "Reading", rank: int) -> str:
        """Saves the batch, and says where; nothing without a folder, or a place in it."""
        if self.folder is None or not reading.batch:
            return ""
        name = f"batch-{reading.step}" + (f"-process-{rank}" if rank else "")
        path = self.folder / FOLDER / f"{name}.pt"
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with whole_file(path) as draft:
                torch.save(tensors_of(reading.batch), draft)
        except OSError as cause:
            return f". The batch could not be saved: {cause}"
        return f". The batch: {path}"


@attrs.define
class Reading:
    """A number of a step and the batch that it comes of; it may still be on its way from a GPU."""

    batch: Batch
    step: int
    batch_of_epoch: int
    number: Tensor | float = 0.0
    arrival: torch.cuda.Event | None = None

    @classmethod
    def of(cls, number: Tensor, batch: Batch, step: int, batch_of_epoch: int) -> "Reading":
        """Sends for a number; who reads its value waits for what was computed by now, no more."""
        if not number.is_cuda:
            return cls(batch, step, batch_of_epoch, number)
        copy = torch.empty_like(number, device="cpu", pin_memory=True)
        copy.copy_(number.detach(), non_blocking=True)
        arrival = torch.cuda.Event()
        arrival.record()
        return cls(batch, step, batch_of_epoch, copy, arrival)

    @property
    def is_here(self) -> bool:
        """Whether nothing has to be waited for."""
        return self.arrival is None

    def value(self) -> float:
        """The number."""
        if self.arrival is not None:
            self.arrival.synchronize()
        return float(self.number)


def tensors_of(batch: Mapping[str, Any]) -> dict[str, Any]:
    """What a batch has of tensors, numbers and text, on the CPU: `torch.load` reads it safely."""
    kept: dict[str, Any] = {}
    for name, value in batch.items():
        if isinstance(value, Mapping):
            kept[name] = tensors_of(value)
        elif isinstance(value, Tensor):
            kept[name] = value.detach().to("cpu", copy=True)
        elif isinstance(value, str | int | float | None):
            kept[name] = value
    return kept
