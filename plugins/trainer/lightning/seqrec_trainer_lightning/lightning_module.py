"""The one Lightning module that trains, validates and serves every model."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import lightning
import torch
from lightning.pytorch.callbacks import LearningRateMonitor
from lightning.pytorch.plugins import MixedPrecision
from lightning.pytorch.strategies import DDPStrategy, SingleDeviceStrategy
from seqrec_library_kernels.answers import Answers, check_candidates
from seqrec_library_kernels.torch_internals import multiply, norms
from seqrec_library_kernels.unwrap import unwrap
from seqrec_optimizer_standard.optimizer_factory import OptimizerFactory
from torch.nn.parallel import DistributedDataParallel

from seqrec_core.contracts import (
    BaseLRSchedulerFactory,
    BaseOptimizerFactory,
    HiddenStates,
    InferenceOutput,
    TrainOutput,
    WantsHiddenStates,
)
from seqrec_trainer_lightning.accumulation import (
    KEY,
    MORE,
    add_gradients,
    begun_gradients,
    put_gradients,
    weigh_short_group,
)
from seqrec_trainer_lightning.checkpointed_tables import put_whole_rows, take_own_rows
from seqrec_trainer_lightning.history import History
from seqrec_trainer_lightning.lightning_internals import returns_predictions
from seqrec_trainer_lightning.optimizer_state import KEY as NAMES
from seqrec_trainer_lightning.optimizer_state import parameter_names
from seqrec_trainer_lightning.schedules import (
    look_at_metrics,
    looks_each_epoch,
    optimizer_of,
    schedule_of,
)
from seqrec_trainer_lightning.shared_tables import shared_parameters


class LightningModule(lightning.LightningModule):
    """Wraps a model whose `forward` gives TrainOutput in training and InferenceOutput in eval.

    A batch is a mapping; keys that the model's `forward` does not take are dropped. The batch
    is never written to. Without a factory the optimiser is Adam, and there is no schedule.
    `hidden_states` are those that are asked of a model that lets its caller choose; a callback
    that WantsHiddenStates gets what it wants of a prediction run.

    A scalar `loss_weight` in the batch multiplies the loss: batches of unequal size, such as
    groups of similar lengths, then add up to the loss of the whole. Of `accumulate_grad_batches`
    that make one step each counts alike, also in the last group of an epoch, which may be short.
    Without `loss_weight` their step is the mean of their means, which differs a little from that
    of one large batch where they have unequal numbers of targets.

    Logged are `train_loss_step`; the mean loss of an epoch as `train_loss` and `train_loss_epoch`;
    and, unless another callback does so, `learning_rate`. Lightning's own bar shows them.
    """

    def __init__(
        self,
        model: torch.nn.Module,
        optimizer_factory: BaseOptimizerFactory | None = None,
        lr_scheduler_factory: BaseLRSchedulerFactory | None = None,
        *,
        hidden_states: HiddenStates = "final",
    ) -> None:
        super().__init__()
        self.model = model
        self.hidden_states = hidden_states
        self._predicted_states = hidden_states
        self._answers = Answers(model)
        self._optimizer_factory = optimizer_factory or OptimizerFactory()
        self._lr_scheduler_factory = lr_scheduler_factory
        self._candidates_to_score: torch.Tensor | None = None
        self._logs_rate = self._has_bar = False
        self._epoch_loss: torch.Tensor | float = 0.0
        self._epoch_steps = 0
        self._begun: dict[str, torch.Tensor] = {}
        self._more_batches = 0  # of the group that was begun, beyond the count of Lightning
        self.step_loss: torch.Tensor | None = None  # of the newest batch
        self.gradient_norm: torch.Tensor | None = None  # of the newest step, where it was clipped

    @property
    def candidates_to_score(self) -> torch.Tensor | None:
        """Item ids (C,) to score in evaluation unless the batch has its own; None is all items.

        Raises ValueError for ids that are not one-dimensional or not distinct.
        """
        return self._candidates_to_score

    @candidates_to_score.setter
    def candidates_to_score(self, candidates: torch.Tensor | None) -> None:
        if candidates is not None:
            check_candidates(candidates)
        self._candidates_to_score = candidates

    def scored_candidates(self) -> torch.Tensor | None:
        """Item ids (C,), on the device: the columns of the logits unless the batch has its own."""
        candidates = self._candidates_to_score
        return None if candidates is None else candidates.to(self.device)

    def forward(self, batch: Mapping[str, Any]) -> TrainOutput | InferenceOutput:
        """Runs the model on the batch keys that it takes; candidates only count in evaluation."""
        return self._answers(
            batch, candidates=self.scored_candidates(), output_hidden_states=self.hidden_states
        )

    def on_fit_start(self) -> None:
        """Leaves buffers alone: processes with fewer validation batches would miss broadcasts."""
        if isinstance(replica := self.trainer.strategy.model, DistributedDataParallel):
            replica.broadcast_buffers = False
        callbacks: Iterable[Any] = self.trainer.callbacks  # type: ignore[attr-defined]
        self._logs_rate = not any(isinstance(c, LearningRateMonitor | History) for c in callbacks)
        self._has_bar = self.trainer.progress_bar_callback is not None

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Adds whose state is whose, and the gradients of a group of batches that has begun."""
        (optimizer,) = self.trainer.optimizers
        checkpoint[NAMES] = parameter_names(optimizer, unwrap(self.model))
        apart = shared_parameters(self.model)
        if gradients := begun_gradients(self.trainer, unwrap(self.model), apart, self._begun):
            checkpoint[KEY] = gradients
        checkpoint[MORE] = self._more_batches
        put_whole_rows(checkpoint, self, Path(self.trainer.default_root_dir))

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Takes the gradients of a group of batches that had begun, and of tables its rows."""
        take_own_rows(checkpoint, self)
        self._begun, self._more_batches = checkpoint.get(KEY, {}), checkpoint.get(MORE, 0)

    def count_more(self, batches: int) -> None:
        """Has the group that was begun be of more batches than Lightning counts, or of fewer."""
        self._more_batches += batches

    def on_train_start(self) -> None:
        """Goes on with such a group; one that is counted otherwise gets them at its step."""
        if not self._more_batches:
            put_gradients(unwrap(self.model), self._begun)
            self._begun = {}

    def on_before_optimizer_step(self, optimizer: torch.optim.Optimizer) -> None:
        """Makes the gradients of a short group a mean."""
        add_gradients(self.trainer, unwrap(self.model), self._begun)
        weigh_short_group(self.trainer, self.model.parameters(), self._more_batches)
        self._begun, self._more_batches = {}, 0

    def on_train_epoch_start(self) -> None:
        """Starts the mean loss of the epoch."""
        self.begin_epoch(0.0, 0)

    def epoch_sums(self) -> tuple[float, int]:
        """The losses of the epoch so far, added up, and how many they are, in this process."""
        return float(self._epoch_loss), self._epoch_steps

    def begin_epoch(self, loss: float, steps: int) -> None:
        """Goes on from `epoch_sums()`, of an epoch that was interrupted."""
        self._epoch_loss, self._epoch_steps = loss, steps

    def training_step(self, batch: Mapping[str, Any]) -> torch.Tensor:
        """Loss of the batch, logged on the device."""
        loss: torch.Tensor = self(batch)["loss"]
        if (weight := batch.get("loss_weight")) is not None:
            loss = loss * weight
        self.step_loss = loss.detach()
        self._epoch_loss = self._epoch_loss + self.step_loss.float()
        self._epoch_steps += 1
        self.log("train_loss_step", loss, prog_bar=self._has_bar, batch_size=1)
        if self._logs_rate:
            rate = self.trainer.optimizers[0].param_groups[0]["lr"]
            self.log("learning_rate", rate, prog_bar=self._has_bar, batch_size=1)
        return loss

    def on_train_epoch_end(self) -> None:
        """Logs the mean loss of the epoch; moves schedules that look at metrics."""
        if self._epoch_steps:
            mean = self._epoch_loss / self._epoch_steps
            self.log("train_loss", mean, prog_bar=self._has_bar, sync_dist=True, batch_size=1)
            self.log("train_loss_epoch", mean, sync_dist=True, batch_size=1)
        look_at_metrics(self.trainer)

    def validation_step(
        self, batch: Mapping[str, Any], batch_idx: int, dataloader_idx: int = 0
    ) -> InferenceOutput:
        """InferenceOutput of the batch; callbacks make metrics of it."""
        return self._deferred(batch, self.hidden_states)

    def test_step(
        self, batch: Mapping[str, Any], batch_idx: int, dataloader_idx: int = 0
    ) -> InferenceOutput:
        """InferenceOutput of the batch; callbacks make metrics of it."""
        return self._deferred(batch, self.hidden_states)

    def on_predict_start(self) -> None:
        """Asks the callbacks which hidden states they want."""
        callbacks: Iterable[Any] = self.trainer.callbacks  # type: ignore[attr-defined]
        wishes = {c.hidden_states_wanted() for c in callbacks if isinstance(c, WantsHiddenStates)}
        self._predicted_states = _most({self.hidden_states} | wishes)

    def predict_step(
        self, batch: Mapping[str, Any], batch_idx: int, dataloader_idx: int = 0
    ) -> Any:
        """InferenceOutput of the batch; callbacks make recommendations of it."""
        states = self._predicted_states
        if returns_predictions(self.trainer):
            candidates = self.scored_candidates()
            return self._answers(batch, candidates=candidates, output_hidden_states=states)
        return self._deferred(batch, states)

    def _deferred(self, batch: Mapping[str, Any], states: HiddenStates) -> InferenceOutput:
        """The answer for a batch; its logits wait for a reader, where that is exact."""
        candidates = self.scored_candidates()
        return self._answers.deferred(batch, candidates=candidates, output_hidden_states=states)

    def configure_gradient_clipping(
        self,
        optimizer: torch.optim.Optimizer,
        gradient_clip_val: float | None = None,
        gradient_clip_algorithm: str | None = None,
    ) -> None:
        """Clips as Lightning does; by its own norm where all gradients are in one place, unscaled.

        Lightning refuses to where they are row-sparse, and for fused optimisers under bf16-mixed.
        """
        plugin = self.trainer.precision_plugin
        is_scaled = isinstance(plugin, MixedPrecision) and plugin.scaler is not None
        is_here = isinstance(self.trainer.strategy, SingleDeviceStrategy | DDPStrategy)
        gradients = [p.grad for p in self.model.parameters() if p.grad is not None]
        is_dense = not any(gradient.is_sparse for gradient in gradients)
        by_value = gradient_clip_algorithm == "value" or is_scaled or not is_here
        if gradient_clip_val is None or (is_dense and by_value):
            self.clip_gradients(optimizer, gradient_clip_val, gradient_clip_algorithm)
        else:
            apart = shared_parameters(self.model).values()
            parameters = self.model.parameters()
            self.gradient_norm = clip_by_norm(parameters, gradient_clip_val, apart)

    def configure_optimizers(self) -> Any:
        """The optimiser and, if there is one, its schedule."""
        optimizer = optimizer_of(self._optimizer_factory, unwrap(self.model))
        if self._lr_scheduler_factory is None:
            return optimizer
        schedule = schedule_of(self._lr_scheduler_factory, optimizer, self.trainer)
        return {"optimizer": optimizer, "lr_scheduler": schedule}

    def lr_scheduler_step(self, scheduler: Any, metric: Any) -> None:
        """Moves a schedule, unless it looks at metrics each epoch: it has moved by then."""
        configs = filter(looks_each_epoch, self.trainer.lr_scheduler_configs)
        if all(config.scheduler is not scheduler for config in configs):
            super().lr_scheduler_step(scheduler, metric)


def clip_by_norm(
    parameters: Iterable[torch.nn.Parameter],
    largest: float,
    apart: Iterable[torch.nn.Parameter] = (),
) -> torch.Tensor:
    """Scales the gradients, in place, so that their common norm is at most `largest`; the norm.

    Those that are row-sparse are coalesced first: a row that is there twice counts as the sum.
    Of parameters `apart` each process has rows of its own, which make one gradient together.
    Gradients whose norm is not finite stay as they are, for those who look for the reason.
    """
    own = {id(parameter) for parameter in apart}
    values: list[torch.Tensor] = []
    shares: list[torch.Tensor] = []
    for parameter in parameters:
        if parameter.grad is None:
            continue
        if parameter.grad.is_sparse:
            parameter.grad = parameter.grad.coalesce()
        value = parameter.grad.values() if parameter.grad.is_sparse else parameter.grad
        (shares if id(parameter) in own else values).append(value)
    norm: torch.Tensor = norms(values).norm()
    if shares:
        total = norms(shares).square().sum()
        torch.distributed.all_reduce(total)
        norm = (norm.square() + total).sqrt()
        values += shares
    factor = (largest / (norm + 1e-6)).clamp(max=1)
    factor = torch.where(norm.isfinite(), factor, 1.0)
    multiply(values, factor)
    return norm


def _most(states: set[HiddenStates]) -> HiddenStates:
    """What gives all that any of them gives."""
    orders: tuple[HiddenStates, ...] = ("all", "final", "none")
    return next(order for order in orders if order in states)
