"""How the learning rate moves during training: down in steps, or up to its full value."""

from seqrec_core.spec import SchedulerSpec, param, spec


@spec
class StepLRSpec(SchedulerSpec):
    """The learning rate is multiplied by gamma every few epochs."""

    target = "seqrec_scheduler_standard.step_lr:LRSchedulerFactory"

    decay_step: int = param(25, ge=1, help="epochs between two changes")
    gamma: float = param(1.0, gt=0, help="factor of a change")


@spec
class WarmupSpec(SchedulerSpec):
    """The learning rate rises linearly over the first steps, then stays."""

    target = "seqrec_scheduler_standard.warmup:WarmupFactory"

    warmup_steps: int = param(1000, ge=1, help="optimiser steps until the full rate")
    start_factor: float = param(0.01, gt=0, le=1, help="share of the full rate at the first step")
