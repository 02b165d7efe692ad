"""Runs a model through Lightning: fit, evaluate, predict."""

import atexit
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal

import attrs
import lightning
import torch
from lightning.fabric.utilities.exceptions import MisconfigurationException
from lightning.pytorch.callbacks import LearningRateMonitor
from lightning.pytorch.loggers import Logger, TensorBoardLogger
from rich.console import Console

from seqrec_core.contracts import BaseLRSchedulerFactory, BaseOptimizerFactory, PostprocessorProto
from seqrec_core.errors import SeqrecError
from seqrec_trainer_lightning.averaging import AverageWeights
from seqrec_trainer_lightning.history import History, Row
from seqrec_trainer_lightning.keep_best import KeepBest
from seqrec_trainer_lightning.keep_last import InterruptedRunError, KeepLast
from seqrec_trainer_lightning.lightning_module import LightningModule
from seqrec_trainer_lightning.progress import ProgressDisplay
from seqrec_trainer_lightning.quiet import quiet
from seqrec_trainer_lightning.resume import ResumeState


@attrs.frozen
class Outcome:
    """What a fit went through: a row a validation, the best one, and whether it was cut short."""

    rows: list[Row]
    best: Row | None
    interrupted: bool


@attrs.define(kw_only=True, eq=False, repr=False)
class LightningTrainer:
    """Everything about a run except its data; one model, used for as many runs as needed.

    The settings mean what the fields of LightningTrainerSpec say. `metrics` is the callback that
    measures validation and test, `callbacks` are further ones. Where none of them reads hidden
    states the model is told to leave them out. After a run `is_main_process` says whether this
    process is the one that writes its files.
    """

    model: torch.nn.Module
    seed: int
    optimizer: BaseOptimizerFactory
    metrics: lightning.Callback
    scheduler: BaseLRSchedulerFactory | None = None
    callbacks: Sequence[lightning.Callback] = ()
    max_epochs: int = 20
    monitor: str = "ndcg@10"
    mode: Literal["max", "min"] = "max"
    patience: int | None = 5
    validate_every: float = 1.0
    accumulate_grad_batches: int = 1
    gradient_clip_val: float | None = None
    ema_decay: float | None = None
    accelerator: str = "auto"
    devices: int | None = None
    strategy: str = "auto"
    precision: str = "32-true"
    log_every_n_steps: int = 50
    tensorboard: bool = True
    module: LightningModule = attrs.field(init=False)
    is_main_process: bool = attrs.field(init=False, default=True)

    def __attrs_post_init__(self) -> None:
        self.module = LightningModule(self.model, self.optimizer, self.scheduler)
        if not any(hasattr(callback, "hidden_state_index") for callback in self.callbacks):
            self.model.output_hidden_states = "none"  # type: ignore[assignment]

    @property
    def postprocessors(self) -> Sequence[PostprocessorProto]:
        """What filters the logits, in metrics and in prediction alike."""
        return getattr(self.metrics, "postprocessors", ())

    def fit(
        self,
        data: lightning.LightningDataModule,
        out: Path,
        keep: Callable[[Row], None],
        console: Console,
        resume: bool = False,
    ) -> Outcome:
        """Trains; logs and checkpoints go below `out`.

        `keep` is called with the history's row whenever the model is the best so far, and at the
        end of a run without validation. With `resume` the run goes on from its last checkpoint, in
        the middle of an epoch where the data module has a state.
        """
        history = History(out / "logs" / "history.csv")
        best = KeepBest(history, self.monitor, self.mode, self.patience, keep)
        last = KeepLast(out / "checkpoints" / "last.ckpt", self.log_every_n_steps)
        loggers = self._loggers(out)
        callbacks = [
            *self.callbacks,
            self.metrics,
            *([LearningRateMonitor("step")] if loggers else []),
            ResumeState(),
            history,
            best,
            *([AverageWeights(self.ema_decay)] if self.ema_decay else []),
            ProgressDisplay(history, best, console),
            last,
        ]
        lightning.seed_everything(self.seed, workers=True, verbose=False)
        with quiet(), suppress(InterruptedRunError):
            trainer = self._lightning(
                callbacks,
                logger=loggers,
                default_root_dir=out,
                num_sanity_val_steps=0,
                max_epochs=self.max_epochs,
                val_check_interval=min(float(self.validate_every), 1.0),
                check_val_every_n_epoch=max(int(self.validate_every), 1),
                accumulate_grad_batches=self.accumulate_grad_batches,
                gradient_clip_val=self.gradient_clip_val,
                log_every_n_steps=self.log_every_n_steps,
            )
            trainer.fit(self.module, datamodule=data, ckpt_path=last.path if resume else None)
        if best.best is None and self.is_main_process:
            keep(history.rows[-1] if history.rows else {})
        return Outcome(history.rows, best.best, last.interrupted)

    def evaluate(
        self,
        data: lightning.LightningDataModule,
        split: Literal["validate", "test"],
        model: torch.nn.Module | None = None,
    ) -> dict[str, float]:
        """Metrics of the model, or of another one that takes the same batches."""
        module = self.module if model is None else LightningModule(model)
        with quiet():
            callbacks = [self.metrics] if model is not None else [self.metrics, *self.callbacks]
            trainer = self._lightning(callbacks, logger=False, enable_checkpointing=False)
            run = trainer.test if split == "test" else trainer.validate
            results = run(module, datamodule=data, verbose=False)
        return {name: value for result in results for name, value in result.items()}

    def predict(self, data: lightning.LightningDataModule, writer: lightning.Callback) -> None:
        """Scores the predict split on one device; the writer takes every batch."""
        with quiet():
            callbacks = [*self.callbacks, writer]
            one = {"devices": 1, "strategy": "auto"}
            trainer = self._lightning(callbacks, logger=False, enable_checkpointing=False, **one)
            trainer.predict(self.module, datamodule=data, return_predictions=False)

    def _lightning(self, callbacks: list[lightning.Callback], **more: Any) -> lightning.Trainer:
        machine = {
            "accelerator": self.accelerator,
            "devices": self.devices or "auto",
            "strategy": self.strategy,
            "precision": self.precision,
        }
        try:
            trainer = lightning.Trainer(
                callbacks=callbacks,
                enable_progress_bar=False,
                enable_model_summary=False,
                **{**machine, **more},
            )
        except (MisconfigurationException, ValueError) as cause:
            raise SeqrecError(
                f"trainer.accelerator, devices, strategy or precision does not suit here: {cause}"
            ) from cause
        self.is_main_process = trainer.is_global_zero
        if trainer.world_size > 1:
            atexit.register(_leave_processes)
        return trainer

    def _loggers(self, out: Path) -> list[Logger]:
        (out / "logs").mkdir(parents=True, exist_ok=True)
        return [TensorBoardLogger(out / "logs", "tensorboard", "")] if self.tensorboard else []


def _leave_processes() -> None:
    """Ends the threads of the process group, which may abort a process that ends before them."""
    if torch.distributed.is_available() and torch.distributed.is_initialized():
        torch.distributed.destroy_process_group()
