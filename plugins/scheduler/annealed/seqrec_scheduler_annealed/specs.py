"""How the learning rate moves over a whole training: up to its full height, then down."""

from collections.abc import Iterable

from seqrec_core.spec import SchedulerSpec, param, spec

_WARMUP = "rise at the start: below 1 a share of the training, from 1 on optimiser steps"
_STEPS = "optimiser steps of the training; null is as many as the trainer will make"


@spec
class CosineSpec(SchedulerSpec):
    """The learning rate rises, then falls along half a cosine until training ends."""

    target = "seqrec_scheduler_annealed.cosine:CosineFactory"
    source = "https://arxiv.org/abs/1608.03983"

    warmup: float = param(0.05, ge=0, help=_WARMUP)
    end_factor: float = param(0.0, ge=0, le=1, help="share of the full rate at the end")
    num_steps: int | None = param(None, ge=1, help=_STEPS)

    def check(self) -> Iterable[tuple[str, str]]:
        """Steps are whole."""
        return _warmup_faults(self.warmup)


@spec
class OneCycleSpec(SchedulerSpec):
    """The learning rate rises along half a cosine, then falls along another to almost nothing."""

    target = "seqrec_scheduler_annealed.one_cycle:OneCycleFactory"
    source = "https://arxiv.org/abs/1708.07120"

    warmup: float = param(0.3, ge=0, help=_WARMUP)
    start_factor: float = param(0.04, ge=0, le=1, help="share of the full rate at the first step")
    end_factor: float = param(4e-6, ge=0, le=1, help="share of the full rate at the last step")
    num_steps: int | None = param(None, ge=1, help=_STEPS)

    def check(self) -> Iterable[tuple[str, str]]:
        """Steps are whole."""
        return _warmup_faults(self.warmup)


@spec
class InverseSqrtSpec(SchedulerSpec):
    """The learning rate rises, then falls with the square root of the steps made."""

    target = "seqrec_scheduler_annealed.inverse_sqrt:InverseSqrtFactory"
    source = "https://arxiv.org/abs/1706.03762"

    warmup: float = param(0.1, gt=0, help=_WARMUP)
    num_steps: int | None = param(None, ge=1, help=_STEPS)

    def check(self) -> Iterable[tuple[str, str]]:
        """Steps are whole."""
        return _warmup_faults(self.warmup)


def _warmup_faults(warmup: float) -> Iterable[tuple[str, str]]:
    if warmup > 1 and warmup % 1:
        yield "warmup", f"is {warmup:g}; from 1 on give whole steps"
