"""What can be configured about optimisation and the run itself."""

from collections.abc import Iterable
from typing import Literal

from seqrec_core.spec import (
    OptimizerSpec,
    SchedulerSpec,
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
        """Both betas lie in [0, 1)."""
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
