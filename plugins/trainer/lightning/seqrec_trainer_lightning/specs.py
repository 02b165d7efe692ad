"""What can be configured about optimisation and the run itself."""

from collections.abc import Iterable
from typing import Literal

from seqrec_core.spec import (
    CallbackSpec,
    OptimizerSpec,
    SchedulerSpec,
    TrainerSpec,
    component,
    param,
    spec,
)


@spec
class AdamSpec(OptimizerSpec):
    """Adam, fused into one kernel, with row-sparse gradients taken row by row."""

    target = "seqrec_trainer_lightning.optimizers:AdamFactory"
    source = "https://arxiv.org/abs/1412.6980"

    lr: float = param(0.001, gt=0, help="learning rate")
    betas: tuple[float, float] = param((0.9, 0.98), help="decay of the two moments, below 1")
    eps: float = param(1e-8, ge=0, help="added to the denominator")
    weight_decay: float = param(0.0, ge=0, help="L2 penalty; 0 where gradients are row-sparse")
    fused: bool = param(True, help="one kernel for the update; false to clip under 16-mixed")
    sparse: Literal["lazy", "exact"] = param(
        "lazy", help="row-sparse gradients: untouched rows stand still, or catch up when touched"
    )

    def check(self) -> Iterable[tuple[str, str]]:
        """Each of the betas is in [0, 1)."""
        for beta in self.betas:
            if not 0 <= beta < 1:
                yield "betas", f"{beta} is not at least 0 and below 1"


@spec
class SGDSpec(OptimizerSpec):
    """Stochastic gradient descent, with momentum where asked for."""

    target = "seqrec_trainer_lightning.optimizers:SGDFactory"

    lr: float = param(0.01, gt=0, help="learning rate")
    momentum: float = param(0.0, ge=0, lt=1, help="share of the last update that is kept")
    weight_decay: float = param(0.0, ge=0, help="L2 penalty")


@spec
class StepLRSpec(SchedulerSpec):
    """The learning rate is multiplied by gamma every few epochs."""

    target = "seqrec_trainer_lightning.schedulers:LRSchedulerFactory"

    decay_step: int = param(25, ge=1, help="epochs between two changes")
    gamma: float = param(1.0, gt=0, help="factor of a change")


@spec
class WarmupSpec(SchedulerSpec):
    """The learning rate rises linearly over the first steps, then stays."""

    target = "seqrec_trainer_lightning.schedulers:WarmupFactory"

    warmup_steps: int = param(1000, ge=1, help="optimiser steps until the full rate")
    start_factor: float = param(0.01, gt=0, le=1, help="share of the full rate at the first step")


@spec
class LightningTrainerSpec(TrainerSpec):
    """Trains, evaluates and predicts with Lightning."""

    target = "seqrec_trainer_lightning.trainer:LightningTrainer"
    runtime = ("model", "seed")

    max_epochs: int = param(20, ge=1, help="passes over the training data, at most")
    optimizer: OptimizerSpec = component("seqrec-trainer-lightning:adam", help="update rule")
    scheduler: SchedulerSpec | None = param(None, help="how the learning rate moves, if it does")
    metrics: CallbackSpec = component(
        "seqrec-callback-metrics:metrics",
        postprocessors=[{"type": "seqrec-postprocessor-seen:seen_items"}],
        help="what is measured; its postprocessors filter predictions too",
    )
    callbacks: tuple[CallbackSpec, ...] = param((), help="further callbacks")
    monitor: str = param("ndcg@10", help="the metric that chooses the best weights")
    mode: Literal["max", "min"] = param("max", help="whether more of it is better, or less")
    patience: int | None = param(
        5, ge=1, help="validations without improvement until the run stops; null never stops it"
    )
    validate_every: float = param(
        1.0, gt=0, help="epochs between validations: 0.25 is four an epoch, 5 every fifth epoch"
    )
    accumulate_grad_batches: int = param(1, ge=1, help="batches that make one optimiser step")
    gradient_clip_val: float | None = param(None, gt=0, help="largest norm of all gradients")
    ema_decay: float | None = param(
        None,
        gt=0,
        lt=1,
        help="validate and keep a moving average of the weights: 0.99 is about the last 100 steps; "
        "takes the weights' memory again, and a pass over all of them each step",
    )
    accelerator: str = param("auto", help="auto, cpu, gpu, mps, ...")
    devices: int | None = param(None, ge=1, help="number of devices; null takes what there is")
    strategy: str = param("auto", help="how several devices work together: auto, ddp, ...")
    precision: Literal["32-true", "bf16-mixed", "16-mixed", "bf16-true", "64-true"] = param(
        "32-true", help="number format of the computation"
    )
    log_every_n_steps: int = param(50, ge=1, help="steps between two entries of the step log")
    tensorboard: bool = param(True, help="write a TensorBoard log beside the CSV")

    def check(self) -> Iterable[tuple[str, str]]:
        """Rules across fields: pairs (field, what is wrong)."""
        if self.validate_every > 1 and self.validate_every % 1:
            yield "validate_every", f"is {self.validate_every:g}; above 1 give whole epochs"
        is_fused = getattr(self.optimizer, "fused", False)
        if self.gradient_clip_val and self.precision == "16-mixed" and is_fused:
            yield "gradient_clip_val", "needs trainer.optimizer.fused=false under 16-mixed"
        if self.strategy.endswith(("_fork", "_spawn", "_notebook")):
            yield (
                "strategy",
                f"{self.strategy!r} leaves the history and the best weights in its processes; "
                'choose "ddp"',
            )
        if self.ema_decay and self.strategy.startswith(("fsdp", "deepspeed")):
            yield (
                "ema_decay",
                f"needs all weights in each process, which {self.strategy!r} shares out; set it "
                'to null, or choose strategy "ddp"',
            )
        for index, callback in enumerate(self.callbacks):
            if type(callback) is type(self.metrics):
                yield f"callbacks[{index}]", "measures a second time; set trainer.metrics instead"
