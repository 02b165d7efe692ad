"""The one Lightning module that trains, validates and serves every model."""

import inspect
from collections.abc import Iterable, Mapping
from typing import Any, cast

import lightning
import torch
from lightning.pytorch.plugins import MixedPrecision
from seqrec_library_kernels.deferred import DeferredLogits
from seqrec_library_kernels.torch_internals import uncompiled
from seqrec_optimizer_standard.optimizer_factory import OptimizerFactory
from torch.nn.parallel import DistributedDataParallel

from seqrec_core.contracts import (
    BaseLRSchedulerFactory,
    BaseOptimizerFactory,
    InferenceOutput,
    TrainOutput,
)
from seqrec_trainer_lightning.lightning_internals import returns_predictions


class LightningModule(lightning.LightningModule):
    """Wraps a model whose `forward` gives TrainOutput in training and InferenceOutput in eval.

    A batch is a mapping; keys that the model's `forward` does not take are dropped. The batch
    is never written to. Without a factory the optimiser is Adam, and there is no schedule.

    A scalar `loss_weight` in the batch multiplies the loss: batches of unequal size, such as
    groups of similar lengths, then add up to the loss of the whole.
    """

    def __init__(
        self,
        model: torch.nn.Module,
        optimizer_factory: BaseOptimizerFactory | None = None,
        lr_scheduler_factory: BaseLRSchedulerFactory | None = None,
    ) -> None:
        super().__init__()
        self.model = model
        self._optimizer_factory = optimizer_factory or OptimizerFactory()
        self._lr_scheduler_factory = lr_scheduler_factory
        self._candidates_to_score: torch.Tensor | None = None
        self._arguments = tuple(inspect.signature(uncompiled(model).forward).parameters)

    @property
    def candidates_to_score(self) -> torch.Tensor | None:
        """Item ids (C,) to score in evaluation unless the batch has its own; None is all items.

        Raises ValueError for ids that are not one-dimensional or not distinct.
        """
        return self._candidates_to_score

    @candidates_to_score.setter
    def candidates_to_score(self, candidates: torch.Tensor | None) -> None:
        if candidates is not None:
            _check_candidates(candidates)
        self._candidates_to_score = candidates

    def forward(self, batch: Mapping[str, Any]) -> TrainOutput | InferenceOutput:
        """Runs the model on the batch keys that it takes; candidates only count in evaluation."""
        arguments = {name: batch[name] for name in self._arguments if name in batch}
        if not self.training and "candidates_to_score" in self._arguments:
            if (candidates := arguments.get("candidates_to_score")) is not None:
                _check_candidates(candidates)
            elif self._candidates_to_score is not None:
                arguments["candidates_to_score"] = self._candidates_to_score.to(self.device)
        output: TrainOutput | InferenceOutput = self.model(**arguments)
        return output

    def on_fit_start(self) -> None:
        """Leaves buffers alone: processes with fewer validation batches would miss broadcasts."""
        if isinstance(replica := self.trainer.strategy.model, DistributedDataParallel):
            replica.broadcast_buffers = False

    def training_step(self, batch: Mapping[str, Any]) -> torch.Tensor:
        """Loss of the batch, logged on the device: `train_loss_step` and the epoch's mean."""
        loss: torch.Tensor = self(batch)["loss"]
        if (weight := batch.get("loss_weight")) is not None:
            loss = loss * weight
        self.log("train_loss", loss, on_step=False, on_epoch=True, sync_dist=True, batch_size=1)
        self.log("train_loss_step", loss, on_step=True, on_epoch=False, batch_size=1)
        return loss

    def validation_step(
        self, batch: Mapping[str, Any], batch_idx: int, dataloader_idx: int = 0
    ) -> Any:
        """InferenceOutput of the batch; callbacks make metrics of it."""
        return self._evaluated(batch)

    def test_step(self, batch: Mapping[str, Any], batch_idx: int, dataloader_idx: int = 0) -> Any:
        """InferenceOutput of the batch; callbacks make metrics of it."""
        return self._evaluated(batch)

    def predict_step(
        self, batch: Mapping[str, Any], batch_idx: int, dataloader_idx: int = 0
    ) -> Any:
        """InferenceOutput of the batch; callbacks make recommendations of it."""
        if returns_predictions(self.trainer):
            return self(batch)
        return self._evaluated(batch)

    def _evaluated(self, batch: Mapping[str, Any]) -> Mapping[str, Any]:
        """The answer for a batch; its logits wait until somebody reads them, where that is exact.

        It is for models that tell their last hidden state from their scorer, when nobody wants
        other hidden states and the catalogue is scored. Compiled ones answer by their forward.
        """
        model: Any = self.model
        states = getattr(model, "output_hidden_states", None)
        is_open = hasattr(model, "scorer") and uncompiled(model) is model
        scorer = model.scorer() if states == "none" and is_open else None
        candidates = batch.get("candidates_to_score", self.candidates_to_score)
        if scorer is None or not scorer.is_dot_product or candidates is not None:
            return cast("InferenceOutput", self(batch))
        hidden = model.last_hidden_state(batch["feature_tensors"], batch["padding_mask"])
        return DeferredLogits(hidden, scorer)

    def configure_gradient_clipping(
        self,
        optimizer: torch.optim.Optimizer,
        gradient_clip_val: float | None = None,
        gradient_clip_algorithm: str | None = None,
    ) -> None:
        """Clips as Lightning does; by norm where it would refuse to.

        That is where gradients are row-sparse, and for fused optimisers under bf16-mixed, where
        no gradient is scaled.
        """
        plugin = self.trainer.precision_plugin
        is_unscaled = isinstance(plugin, MixedPrecision) and plugin.scaler is None
        gradients = [p.grad for p in self.model.parameters() if p.grad is not None]
        by_norm = is_unscaled or any(gradient.is_sparse for gradient in gradients)
        if gradient_clip_val is None or not by_norm:
            self.clip_gradients(optimizer, gradient_clip_val, gradient_clip_algorithm)
        else:
            clip_by_norm(self.model.parameters(), gradient_clip_val)

    def configure_optimizers(self) -> Any:
        """The optimiser and, if there is one, its schedule, stepped as the factory's `interval`."""
        optimizer = self._optimizer_factory.create(self.model.parameters())
        if self._lr_scheduler_factory is None:
            return optimizer
        scheduler = self._lr_scheduler_factory.create(optimizer)
        interval = getattr(self._lr_scheduler_factory, "interval", "epoch")
        return {
            "optimizer": optimizer,
            "lr_scheduler": {"scheduler": scheduler, "interval": interval},
        }


def clip_by_norm(parameters: Iterable[torch.nn.Parameter], largest: float) -> None:
    """Scales the gradients, in place, so that their common norm is at most `largest`.

    Those that are row-sparse are coalesced first: a row that is there twice counts as the sum.
    """
    values = []
    for parameter in parameters:
        if parameter.grad is None:
            continue
        if parameter.grad.is_sparse:
            parameter.grad = parameter.grad.coalesce()
        values.append(parameter.grad.values() if parameter.grad.is_sparse else parameter.grad)
    norm = torch.stack([value.norm() for value in values]).norm()
    for value in values:
        value.mul_((largest / (norm + 1e-6)).clamp(max=1))


def _check_candidates(candidates: torch.Tensor) -> None:
    """Raises ValueError unless the ids are one-dimensional and distinct."""
    if candidates.ndim != 1:
        raise ValueError(
            f"candidates_to_score has shape {tuple(candidates.shape)}; give item ids of shape (C,)"
        )
    if (duplicates := candidates.numel() - torch.unique(candidates).numel()) > 0:
        raise ValueError(
            f"candidates_to_score repeats {duplicates} of its {candidates.numel()} ids; "
            "name each item once, for example with torch.unique"
        )
