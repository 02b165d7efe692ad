"""Conformance of factories of learning-rate schedules."""

from copy import deepcopy
from typing import Any

import torch
from torch import nn
from torch.optim import SGD
from torch.optim.lr_scheduler import LRScheduler

from seqrec_tool_conformance.general import GeneralConformance

__all__ = ["SchedulerConformance"]

STEPS = 20


class SchedulerConformance(GeneralConformance):
    """Checks of `create(optimizer)` and of the schedule that it returns."""

    kind = "scheduler"

    def inputs(self) -> dict[str, Any]:
        """A learning rate."""
        return {"lr": 0.1}

    def call(self, factory: Any, inputs: dict[str, Any]) -> Any:
        """The learning rates of some steps."""
        optimizer = SGD([nn.Parameter(torch.ones(1))], lr=inputs["lr"])
        return _rates(factory.create(optimizer))

    def test_it_creates_a_schedule_of_the_optimizer(self) -> None:
        optimizer = SGD([nn.Parameter(torch.ones(1))], lr=0.1)
        schedule = self.build().create(optimizer)
        assert isinstance(schedule, LRScheduler), f"create returns {type(schedule).__name__}"
        assert schedule.optimizer is optimizer, "the schedule belongs to another optimiser"

    def test_it_says_how_often_it_moves(self) -> None:
        interval = getattr(self.build(), "interval", "epoch")
        assert interval in ("step", "epoch"), f"interval is {interval!r}; say 'step' or 'epoch'"

    def test_learning_rates_are_positive_numbers(self) -> None:
        rates = torch.tensor(self.run(self.build()))
        assert (rates.isfinite() & (rates >= 0)).all(), f"learning rates are {rates.tolist()}"

    def test_its_state_moves_into_another_schedule(self) -> None:
        factory = self.build()
        old, new = (factory.create(SGD([nn.Parameter(torch.ones(1))], lr=0.1)) for _ in range(2))
        _rates(old)
        new.load_state_dict(deepcopy(old.state_dict()))
        new.optimizer.load_state_dict(deepcopy(old.optimizer.state_dict()))
        assert _rates(new) == _rates(old), "a schedule with the state of another goes elsewhere"


def _rates(scheduler: LRScheduler) -> list[float]:
    rates = []
    for _ in range(STEPS):
        scheduler.optimizer.step()
        rates += [float(group["lr"]) for group in scheduler.optimizer.param_groups]
        scheduler.step()
    return rates
