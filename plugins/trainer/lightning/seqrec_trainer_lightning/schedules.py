"""How optimisers and schedules come from their factories, and what a schedule looks at."""

import math
from typing import Any

import lightning
import torch
from lightning.pytorch.utilities.types import LRSchedulerConfig
from torch.optim.lr_scheduler import LRScheduler, ReduceLROnPlateau

from seqrec_core.contracts import (
    BaseLRSchedulerFactory,
    BaseOptimizerFactory,
    KnowsSteps,
    NamedParameters,
)
from seqrec_core.errors import SeqrecError

_KEYS = ("scheduler", "interval", "frequency", "monitor", "strict", "name", "reduce_on_plateau")


def optimizer_of(factory: BaseOptimizerFactory, model: torch.nn.Module) -> torch.optim.Optimizer:
    """The optimiser of a model; by the names of its parameters where the factory minds them.

    Raises SeqrecError for anything else that the factory creates.
    """
    optimizer: Any = None
    if isinstance(factory, NamedParameters):
        optimizer = factory.create_named(model.named_parameters())
    if optimizer is None:
        optimizer = factory.create(model.parameters())
    if not isinstance(optimizer, torch.optim.Optimizer):
        raise SeqrecError(
            f"{type(factory).__name__} creates a {type(optimizer).__name__}; return an Optimizer "
            "of torch"
        )
    return optimizer


def schedule_of(
    factory: BaseLRSchedulerFactory, optimizer: torch.optim.Optimizer, trainer: lightning.Trainer
) -> dict[str, Any]:
    """Lightning's dict of a schedule, for as many steps as the training has, where it is known.

    Raises SeqrecError for anything else that the factory creates.
    """
    schedule: Any = None
    if isinstance(factory, KnowsSteps):
        steps = trainer.estimated_stepping_batches
        if math.isfinite(steps) and steps > 0:
            schedule = factory.create_for_steps(optimizer, int(steps))
    if schedule is None:
        schedule = factory.create(optimizer)
    own = schedule if isinstance(schedule, dict) else {"scheduler": schedule}
    config = {"interval": "epoch", "frequency": 1, **own}
    if fault := _fault(config):
        raise SeqrecError(f"what {type(factory).__name__} creates is no schedule: {fault}")
    return config


def _fault(config: dict[str, Any]) -> str | None:
    """What is wrong with a schedule's dict, and what to do about it."""
    if unknown := sorted(map(str, config.keys() - set(_KEYS))):
        return f"it has {', '.join(unknown)}; the dict may have {', '.join(_KEYS)}"
    scheduler, frequency = config.get("scheduler"), config["frequency"]
    if not isinstance(scheduler, LRScheduler):
        return (
            f"it is a {type(scheduler).__name__}; return an LRScheduler of torch, alone or as "
            "'scheduler' in a dict"
        )
    if config["interval"] not in ("epoch", "step"):
        return f"interval is {config['interval']!r}; choose 'epoch' or 'step'"
    if not isinstance(frequency, int) or frequency < 1:
        return f"frequency is {frequency!r}; give a whole number of at least 1"
    if isinstance(scheduler, ReduceLROnPlateau) and not config.get("monitor"):
        return (
            "ReduceLROnPlateau looks at a metric; return it with its name, "
            "{'scheduler': …, 'monitor': 'ndcg@10'}"
        )
    return None


def looks_each_epoch(config: LRSchedulerConfig) -> bool:
    """Whether a schedule looks at a metric at the end of epochs."""
    return config.reduce_on_plateau and config.interval == "epoch"


def look_at_metrics(trainer: lightning.Trainer) -> None:
    """Moves, at the end of an epoch, the schedules that look at a metric then.

    Lightning does so after the checkpoint of the epoch is written, and not at all where a run
    goes on from it. Raises SeqrecError for a metric that nobody has measured by then.
    """
    values = trainer.callback_metrics
    for config in filter(looks_each_epoch, trainer.lr_scheduler_configs):
        if (trainer.current_epoch + 1) % config.frequency:
            continue
        if config.monitor in values:
            plateau: Any = config.scheduler
            plateau.step(values[config.monitor])
        elif config.strict:
            raise SeqrecError(
                f"the schedule looks at {config.monitor!r}, which nothing has measured by the end "
                f"of epoch {trainer.current_epoch + 1}; measured: {', '.join(sorted(values))}. "
                "Name one of them, or let it look as often as there are validations"
            )
