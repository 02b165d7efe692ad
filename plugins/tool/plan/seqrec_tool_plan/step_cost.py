"""What a training step takes, found by a dry run."""

from collections.abc import Mapping
from typing import Any, Literal, cast

import attrs
import torch
from lightning.pytorch.plugins import DoublePrecision, HalfPrecision, MixedPrecision, Precision
from seqrec_library_kernels.torch_internals import sparse_parts
from seqrec_trainer_lightning.lightning_module import LightningModule
from seqrec_trainer_lightning.specs import LightningTrainerSpec
from torch import Tensor, nn
from torch.optim import Optimizer

from seqrec_core.build import Runtime, build, build_part
from seqrec_core.errors import Fault, SpecError
from seqrec_core.spec import Recipe
from seqrec_tool_plan.dry_run import DryRun, Largest
from seqrec_tool_plan.planned_batch import planned_batch


@attrs.frozen
class StepCost:
    """Memory in bytes, and floating-point operations, of one training step on a CPU.

    `model` is parameters and buffers, and the average of the weights where one is kept;
    `activations` what forward leaves for backward, `peak` the most that is alive at once, in
    `peak_phase`; the process itself is not in it. `flops` are those of matrix products, for one
    batch.
    """

    parameters: int
    model: int
    gradients: int
    optimizer: int
    batch: int
    activations: int
    peak: int
    peak_phase: str
    flops: int
    largest: Largest

    @property
    def checkpoint(self) -> int:
        """Bytes while a checkpoint is written: Lightning puts it together in memory first."""
        return 2 * (self.model + self.optimizer)

    @property
    def most(self) -> int:
        """The most bytes that training takes, in a step or for a checkpoint."""
        return max(self.peak, self.checkpoint)


def step_cost(recipe: Recipe, real: float) -> StepCost:
    """The cost of a step of a resolved recipe, a share `real` of whose batch are real events.

    A step with one user comes before it: then the optimiser has its state, and in forward the
    gradients of the last step are still there, as they are in Lightning.

    Raises SpecError for a recipe that is not one of a LightningTrainer's runs.
    """
    trainer = recipe.trainer
    if not isinstance(trainer, LightningTrainerSpec):
        raise SpecError([Fault("trainer", 'add {"type": "lightning"}; a plan is of such a run')])
    precision = _precision(trainer.precision)
    run = DryRun()
    with torch.random.fork_rng(devices=[]):
        small, batch = (
            precision.convert_input(planned_batch(recipe, real, users)) for users in (1, None)
        )
        with run:
            run.phase = "model"
            with precision.module_init_context():
                model = build(recipe)
            runtime = Runtime.of(recipe, model=model)
            module = build_part(trainer, runtime, "trainer").module.train()
            for buffer in model.buffers():  # what readers read
                run.note(buffer)
            model_bytes = run.live
            optimizer = _optimizer(module)
            _step(run, module, run.take(small), precision, optimizer)
            run.phase, before = "batch", run.live
            batch = run.take(batch)
            batch_bytes = run.live - before
            run.restart()
            accumulates = trainer.accumulate_grad_batches > 1
            activations = _step(run, module, batch, precision, optimizer, accumulates)
    average = sum(parameter.nbytes for parameter in model.parameters() if trainer.ema_decay)
    gradients = sum(_gradient_bytes(parameter) for parameter in module.parameters())
    return StepCost(
        parameters=sum(parameter.numel() for parameter in model.parameters()),
        model=model_bytes + average,
        gradients=gradients,
        optimizer=run.live - model_bytes - batch_bytes - gradients,
        batch=batch_bytes,
        activations=activations,
        peak=run.peak + average,
        peak_phase=run.peak_phase,
        flops=run.flops,
        largest=run.largest,
    )


def _step(
    run: DryRun,
    module: LightningModule,
    batch: Mapping[str, Any],
    precision: Precision,
    optimizer: Optimizer,
    accumulates: bool = False,
) -> int:
    """One step in the order of Lightning, which sets gradients back after forward.

    `accumulates` leaves them, as in all but the first batch of a step. Returns the bytes that
    forward leaves.
    """
    run.phase, before = "forward", run.live
    with precision.train_step_context():
        loss = cast("Tensor", module(batch)["loss"])
    activations = run.live - before
    if not accumulates:
        optimizer.zero_grad()
    run.phase = "backward"
    loss.backward()
    run.phase = "optimizer"
    optimizer.step()
    return activations


def _optimizer(module: LightningModule) -> Optimizer:
    configured = module.configure_optimizers()
    return cast(
        "Optimizer", configured["optimizer"] if isinstance(configured, dict) else configured
    )


def _precision(name: str) -> Precision:
    """Lightning's own conversions and contexts for a number format."""
    if name == "64-true":
        return DoublePrecision()
    if name == "bf16-true":
        return HalfPrecision("bf16-true")
    if name == "32-true":
        return Precision()
    return MixedPrecision(cast("Literal['16-mixed', 'bf16-mixed']", name), "cpu")


def _gradient_bytes(parameter: nn.Parameter) -> int:
    gradient = parameter.grad
    if gradient is None:
        return 0
    parts = sparse_parts(gradient) if gradient.is_sparse else (gradient,)
    return sum(part.untyped_storage().nbytes() for part in parts)
