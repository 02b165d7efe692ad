"""What a training step takes, found by a dry run."""

from collections.abc import Iterator, Mapping
from typing import Any

import attrs
import torch
from seqrec_library_kernels.answers import Answers
from seqrec_library_kernels.torch_internals import storage_key, tree_leaves
from torch import Tensor, nn
from torch.optim import Optimizer

from seqrec_core.build import Runtime, build, build_part
from seqrec_core.contracts import BaseOptimizerFactory, NamedParameters
from seqrec_core.errors import Fault, SpecError
from seqrec_core.faults import PluginFaults
from seqrec_core.spec import OptimizerSpec, Recipe, TrainerSpec
from seqrec_tool_plan.dry_run import DryRun, Largest
from seqrec_tool_plan.number_format import NumberFormat
from seqrec_tool_plan.planned_batch import data_of, planned_batch
from seqrec_tool_plan.settings import setting


@attrs.frozen
class StepCost:
    """Memory in bytes, and floating-point operations, of one training step on a CPU.

    `model` is parameters and buffers, and the copies of the weights that the trainer keeps;
    `activations` what forward leaves for backward, `peak` the most that is alive at once, in
    `peak_phase`; the process itself is not in it. `flops` are those of matrix products, for one
    batch; `row_sparse` is what of `gradients` is row-sparse. `unknown` says what specs do not
    tell, and what was taken for it.
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
    row_sparse: int = 0
    unknown: tuple[str, ...] = ()

    @property
    def checkpoint(self) -> int:
        """Bytes of a checkpoint's file, which is written from where its tensors are."""
        return self.model + self.optimizer

    @property
    def most(self) -> int:
        """The most bytes that training takes."""
        return max(self.peak, self.checkpoint)


def step_cost(recipe: Recipe, real: float) -> StepCost:
    """The cost of a step of a resolved recipe, a share `real` of whose batch are real events.

    A step with one user comes before it: then the optimiser has its state, and in forward the
    gradients of the last step are still there.

    Raises SpecError for a recipe without a trainer or data, PluginFaultError for a part that fails.
    """
    trainer = recipe.trainer
    if trainer is None:
        raise SpecError([Fault("trainer", "missing; add one, a plan is of a training step")])
    format_ = NumberFormat(str(setting(trainer, "precision", "32-true")))
    run, runtime = DryRun(), Runtime.of(recipe)
    faults = PluginFaults(runtime.trace, runtime.session.registry)
    with torch.random.fork_rng(devices=[]), faults:
        small, batch = (
            format_.batch(planned_batch(recipe, real, users, runtime)) for users in (1, None)
        )
        with run:
            run.phase = "model"
            with format_.weights():
                model = build(recipe, runtime=runtime).train()
            for buffer in model.buffers():  # what readers read
                run.note(buffer)
            model_bytes = run.live
            optimizer = _optimizer(trainer, model, runtime)
            _step(run, model, run.take(small), format_, optimizer)
            run.phase, before = "batch", run.live
            batch = run.take(batch)
            batch_bytes = run.live - before
            run.restart()
            accumulates = setting(trainer, "accumulate_grad_batches", 1) > 1
            activations = _step(run, model, batch, format_, optimizer, accumulates)
    weights = [*model.parameters()]
    gradients = [weight.grad for weight in weights if weight.grad is not None]
    row_sparse = [each for each in gradients if each.layout is torch.sparse_coo]
    copies = trainer.weight_copies() * sum(weight.nbytes for weight in weights)
    return StepCost(
        parameters=sum(weight.numel() for weight in weights),
        model=model_bytes + copies,
        gradients=sum(map(run.nbytes, gradients)),
        optimizer=0 if optimizer is None else _state_bytes(optimizer),
        batch=batch_bytes,
        activations=activations,
        peak=run.peak + copies,
        peak_phase=run.peak_phase,
        flops=run.flops,
        largest=run.largest,
        row_sparse=sum(map(run.nbytes, row_sparse)),
        unknown=tuple(_unknown(recipe, trainer, format_)),
    )


def _step(
    run: DryRun,
    model: nn.Module,
    batch: Mapping[str, Any],
    format_: NumberFormat,
    optimizer: Optimizer | None,
    accumulates: bool = False,
) -> int:
    """One step; gradients of the last one are set back after forward, as Lightning does it.

    `accumulates` leaves them, as in all but the first batch of a step. Returns the bytes that
    forward leaves.
    """
    run.phase, before = "forward", run.live
    with format_.step():
        output: Any = Answers(model)(batch)
        loss: Tensor = output["loss"]
        del output
    activations = run.live - before
    if not accumulates:
        model.zero_grad()
    if loss.requires_grad:
        run.phase = "backward"
        loss.backward()
    if optimizer is not None:
        run.phase = "optimizer"
        optimizer.step()
    return activations


def _optimizer(trainer: TrainerSpec, model: nn.Module, runtime: Runtime) -> Optimizer | None:
    """The optimiser in the trainer's field of that name; None without one, or without weights."""
    spec = setting(trainer, "optimizer")
    if not isinstance(spec, OptimizerSpec) or not any(True for _ in model.parameters()):
        return None
    factory: BaseOptimizerFactory = build_part(spec, runtime, "trainer.optimizer")
    optimizer: Optimizer | None = None
    if isinstance(factory, NamedParameters):
        optimizer = factory.create_named(model.named_parameters())
    return factory.create(model.parameters()) if optimizer is None else optimizer


def _state_bytes(optimizer: Optimizer) -> int:
    """Bytes of the tensors in an optimiser's state."""
    leaves = tree_leaves([dict(state) for state in optimizer.state.values()])
    tensors = [leaf for leaf in leaves if isinstance(leaf, Tensor)]
    return sum({storage_key(each): each.untyped_storage().nbytes() for each in tensors}.values())


def _unknown(recipe: Recipe, trainer: TrainerSpec, format_: NumberFormat) -> Iterator[str]:
    """What the specs do not tell of a step, and what was taken for it."""
    if data_of(recipe).batch_rows() is None:
        yield "rows of a batch: the data module does not say; this is a step of 1 user"
    if recipe.model.history_length() is None:
        yield "length of a history: the model does not say; this is a step of 1 event a user"
    if not isinstance(setting(trainer, "optimizer"), OptimizerSpec):
        yield "optimizer state: the trainer has no optimizer setting; 0 was taken"
    if not format_.is_known or setting(trainer, "precision") is None:
        yield "number format: the trainer names none that is known; 32-true was taken"
