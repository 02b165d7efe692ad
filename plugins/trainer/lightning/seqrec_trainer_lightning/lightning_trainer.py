"""Runs a model through Lightning: fit, evaluate, predict."""

import atexit
import math
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, Literal

import attrs
import lightning
import torch
from lightning.fabric.utilities.exceptions import MisconfigurationException
from lightning.pytorch.callbacks import LearningRateMonitor
from seqrec_library_kernels.unwrap import unwrap
from seqrec_library_sharding.whole_tables import whole_tables

from seqrec_core.contracts import (
    BaseLRSchedulerFactory,
    BaseOptimizerFactory,
    ClosedForm,
    Outcome,
    Row,
    Run,
    WriterProto,
)
from seqrec_core.errors import SeqrecError
from seqrec_trainer_lightning.averaging import AverageWeights
from seqrec_trainer_lightning.closed_form import fit_closed_form
from seqrec_trainer_lightning.extent import extent_of, stretch
from seqrec_trainer_lightning.finiteness import FinitenessWatch
from seqrec_trainer_lightning.history import History
from seqrec_trainer_lightning.keep_best import KeepBest, check_monitor
from seqrec_trainer_lightning.keep_last import InterruptedRunError, KeepLast
from seqrec_trainer_lightning.lightning_module import LightningModule
from seqrec_trainer_lightning.loaders import Loaders
from seqrec_trainer_lightning.measured import Measured, Written
from seqrec_trainer_lightning.optimizer_state import StartState, State, read_state
from seqrec_trainer_lightning.other_processes import is_first, machine_of, watching_others
from seqrec_trainer_lightning.progress import ProgressDisplay, describe
from seqrec_trainer_lightning.quiet import quiet
from seqrec_trainer_lightning.resume import ResumeState
from seqrec_trainer_lightning.run_logger import RunLogger
from seqrec_trainer_lightning.shared_tables import SharesTables
from seqrec_trainer_lightning.specs import LightningTrainerSpec
from seqrec_trainer_lightning.surroundings import same_surroundings
from seqrec_trainer_lightning.watchers import Watcher, Watchers
from seqrec_trainer_lightning.whole_checkpoints import WholeCheckpoints

ALONE = {"logger": False, "enable_checkpointing": False}
ENDLESS = 10**9
ONE_DEVICE = {"devices": 1, "num_nodes": 1, "strategy": "auto"}


@attrs.define(kw_only=True, eq=False, repr=False)
class LightningTrainer:
    """Everything about a run except its model and its data; used for as many runs as needed.

    The settings mean what the fields of LightningTrainerSpec say. `metrics` measures validation
    and test, `callbacks` watch further: callbacks of Lightning, and metrics and writers for any
    trainer. Of several processes each has a trainer.
    """

    seed: int
    optimizer: BaseOptimizerFactory
    metrics: Watcher
    scheduler: BaseLRSchedulerFactory | None = None
    callbacks: Sequence[Watcher] = ()
    max_epochs: int | None = None
    monitor: str = "ndcg@10"
    mode: Literal["max", "min"] = "max"
    patience: int | None = 5
    patience_steps: int = 500
    validate_every: float | None = None
    accumulate_grad_batches: int = 1
    gradient_clip_val: float | None = None
    ema_decay: float | None = None
    accelerator: str = "auto"
    devices: int | None = None
    strategy: str = "auto"
    precision: str = "32-true"
    log_every_n_steps: int = 50
    _is_main_process: bool = attrs.field(init=False, default=True)

    def fit(self, run: Run, *, resume: bool = False) -> Outcome:
        """Trains; checkpoints go below the run's folder, if it has one, values to its `log`.

        With `resume` the run goes on from its last checkpoint, in the middle of an epoch where
        the training loader is Resumable. A ClosedForm model is fitted from one pass.
        """
        with quiet(), same_surroundings():
            lightning.seed_everything(self.seed, workers=True, verbose=False)
            outcome = self._fit_closed_form(run) or self._fit_by_gradients(run, resume)
        if outcome.best is None:
            self._keep(run, outcome.rows[-1] if outcome.rows else {})
        return outcome

    def evaluate(self, run: Run, split: str) -> dict[str, float]:
        """Metrics of the model on "validate" or "test"; ValueError for another split."""
        with quiet(), same_surroundings():
            return self._evaluate(run, split)

    def predict(self, run: Run, writer: WriterProto) -> None:
        """Scores the predict split on one device; the writer takes every batch."""
        watchers = Watchers.of(self.callbacks)
        written = Written([*watchers.writers, writer])
        callbacks = [SharesTables(), *watchers.callbacks, written]
        with quiet(), same_surroundings():
            trainer = self._lightning(callbacks, **ALONE, **ONE_DEVICE)
            module, data = self._module(run), Loaders(run.data)
            trainer.predict(module, datamodule=data, return_predictions=False)

    def optimizer_state(self, folder: Path) -> State:
        """That of the last checkpoint; SeqrecError where there is none, or a strategy shards it."""
        if self.strategy.startswith(("fsdp", "deepspeed")):
            raise SeqrecError(f"strategy {self.strategy!r} shares it out")
        return read_state(folder / LightningTrainerSpec.checkpoint)

    def is_main_process(self) -> bool:
        """Whether this process writes files and prints; before the first run all say so."""
        return self._is_main_process

    def _keep(self, run: Run, row: Row) -> None:
        """Has the main process keep weights, whole ones; all processes call it."""
        with whole_tables(unwrap(run.model), run.folder):
            if self._is_main_process:
                run.keep(row)

    def _fit_by_gradients(self, run: Run, resume: bool) -> Outcome:
        history = History(run.record)
        keep = partial(self._keep, run)
        best = KeepBest(history, self.monitor, self.mode, self.patience, keep, self.patience_steps)
        display = ProgressDisplay(history, best, run.console)
        last = self._last(run.folder)
        if resume and last is None:
            raise ValueError("a run without a folder has no checkpoint to go on from")

        def say(line: str) -> None:
            if self._is_main_process:
                run.console.print(line, highlight=False, soft_wrap=True, markup=False)

        callbacks = [
            *self._watching(),
            *([LearningRateMonitor("step")] if run.log else []),
            ResumeState(run.data, history, say),
            *([StartState(run.optimizer_state)] if run.optimizer_state and not resume else []),
            FinitenessWatch(run.folder, run.data),
            history,
            best,
            *([AverageWeights(self.ema_decay)] if self.ema_decay else []),
            display,
            *([last] if last else []),
        ]
        usual = extent_of(self.max_epochs, self.validate_every)
        with suppress(InterruptedRunError):
            trainer = self._lightning(
                callbacks,
                logger=False,
                enable_checkpointing=last is not None,
                default_root_dir=run.folder,
                plugins=[WholeCheckpoints(say)],
                num_sanity_val_steps=0,
                max_epochs=self.max_epochs or ENDLESS,  # until an epoch's length is known
                val_check_interval=min(usual.validate_every, 1.0),
                check_val_every_n_epoch=max(int(usual.validate_every), 1),
                accumulate_grad_batches=self.accumulate_grad_batches,
                gradient_clip_val=self.gradient_clip_val,
                log_every_n_steps=self.log_every_n_steps,
            )
            trainer.loggers = [RunLogger(trainer, run.log)] if run.log else []
            path = last.path if last and resume else None
            data = Loaders(run.data, partial(self._stretch, trainer, display))
            try:
                with watching_others(trainer):
                    trainer.fit(self._module(run), datamodule=data, ckpt_path=path)
            except MisconfigurationException as cause:
                raise SeqrecError(f"Lightning cannot train so: {cause}") from cause
        return Outcome(history.rows, best.best, last is not None and last.interrupted)

    def _stretch(
        self, trainer: lightning.Trainer, display: ProgressDisplay, batches: int | None
    ) -> None:
        """Gives training its length, once it is known how many batches an epoch has."""
        steps = None if batches is None else math.ceil(batches / self.accumulate_grad_batches)
        extent = extent_of(self.max_epochs, self.validate_every, steps)
        stretch(trainer, extent)
        if extent == extent_of(self.max_epochs, self.validate_every):
            return
        display.is_brief = extent.validate_every > 1 and trainer.enable_validation
        if trainer.is_global_zero:
            display.console.print(
                f"{steps:,} steps an epoch: up to {extent.max_epochs:,} epochs, a validation every "
                f"{extent.validate_every:g}; trainer.max_epochs chooses otherwise",
                highlight=False,
            )

    def _fit_closed_form(self, run: Run) -> Outcome | None:
        """Fits and validates once, on one device; None for a model that gradients train."""
        model = unwrap(run.model)
        if not isinstance(model, ClosedForm):
            return None
        device = self._lightning([], **ALONE, **ONE_DEVICE).strategy.root_device
        run.model.to(device)
        row = fit_closed_form(model, run.data, device)
        if row is None:
            return None
        if run.data.loaders("validate"):
            row |= self._evaluate(run, "validate", **ONE_DEVICE)
            check_monitor(self.monitor, row)
        run.record(row)
        if run.log:
            run.log({name: row[name] for name in row if name != "step"}, int(row["step"]))
        run.console.print(describe(row, self.monitor), highlight=False)
        if math.isnan(row.get(self.monitor, math.nan)):
            return Outcome([row], None)
        run.keep(row)
        return Outcome([row], row)

    def _evaluate(self, run: Run, split: str, **machine: Any) -> dict[str, float]:
        if split not in ("validate", "test"):
            raise ValueError(f"split is {split!r}; choose 'validate' or 'test'")
        trainer = self._lightning(self._watching(run.only_metrics), **ALONE, **machine)
        measure = trainer.test if split == "test" else trainer.validate
        with watching_others(trainer):
            results = measure(self._module(run), datamodule=Loaders(run.data), verbose=False)
        return {name: value for result in results for name, value in result.items()}

    def _module(self, run: Run) -> LightningModule:
        module = LightningModule(run.model, self.optimizer, self.scheduler, hidden_states="none")
        module.candidates_to_score = run.candidates
        return module

    def _watching(self, only_metrics: bool = False) -> list[lightning.Callback]:
        """Callbacks that measure, share out tables and watch training, in the order of their turns.

        Measured comes first: with each loader it answers others, and then waits for them. So
        all processes come to their last answer from the same place, and others wait after it.
        """
        others, measuring = Watchers.of(self.callbacks), Watchers.of([self.metrics])
        watching = [] if only_metrics else others.callbacks
        metrics = [*others.metrics, *measuring.metrics]
        measured = [Measured(metrics)] if metrics else []
        return [*measured, SharesTables(), *watching, *measuring.callbacks]

    def _lightning(self, callbacks: list[lightning.Callback], **more: Any) -> lightning.Trainer:
        machine = {
            "accelerator": self.accelerator,
            **machine_of(self.devices),
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
        self._is_main_process = trainer.is_global_zero and is_first()
        if trainer.world_size > 1:
            atexit.unregister(_leave_processes)
            atexit.register(_leave_processes)
        return trainer

    def _last(self, folder: Path | None) -> KeepLast | None:
        if folder is None:
            return None
        return KeepLast(folder / LightningTrainerSpec.checkpoint, self.log_every_n_steps)


def _leave_processes() -> None:
    """Ends the threads of the process group, which may abort a process that ends before them."""
    if torch.distributed.is_available() and torch.distributed.is_initialized():
        torch.distributed.destroy_process_group()
