"""How the learning rate moves: down in steps or on a plateau, or up to its full value."""

from typing import Literal

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


@spec
class PlateauSpec(SchedulerSpec):
    """The learning rate falls when a metric has not improved for a while."""

    target = "seqrec_scheduler_standard.plateau:ReduceLROnPlateauFactory"

    monitor: str = param("ndcg@10", help="the metric that is looked at")
    mode: Literal["max", "min"] = param("max", help="whether more of it is better, or less")
    factor: float = param(0.1, gt=0, lt=1, help="factor of a change")
    patience: int = param(10, ge=0, help="looks without improvement that are borne")
    frequency: int = param(
        1, ge=1, help="epochs between two looks; as many as between validations, if above 1"
    )
