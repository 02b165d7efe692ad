"""Conformance of factories of learning-rate schedules."""

from copy import deepcopy
from typing import Any

import torch
from torch import nn
from torch.optim import SGD
from torch.optim.lr_scheduler import LRScheduler, ReduceLROnPlateau

from seqrec_core.contracts import BaseLRSchedulerFactory, KnowsSteps
from seqrec_tool_conformance.general import GeneralConformance

__all__ = ["SchedulerConformance"]

STEPS = 20
_KEYS = {"scheduler", "interval", "frequency", "monitor", "strict", "name", "reduce_on_plateau"}


class SchedulerConformance(GeneralConformance):
    """Checks of `create(optimizer)`: of the schedule that it returns, or of Lightning's dict.

    What knows its length, by `create_for_steps`, is asked for a training of 20 steps.
    """

    kind = "scheduler"
    contract = BaseLRSchedulerFactory
    place = "trainer.scheduler"

    def inputs(self) -> dict[str, Any]:
        """A learning rate."""
        return {"lr": 0.1}

    def call(self, factory: Any, inputs: dict[str, Any]) -> Any:
        """The learning rates of some steps."""
        return _rates(_schedule(factory, inputs["lr"]))

    def test_it_creates_a_schedule_of_the_optimizer(self) -> None:
        optimizer = _optimizer(0.1)
        for method, value in _answers(self.build(), optimizer).items():
            scheduler = value["scheduler"] if isinstance(value, dict) else value
            name = type(scheduler).__name__
            assert isinstance(scheduler, LRScheduler), f"{method} returns {name}"
            assert scheduler.optimizer is optimizer, f"{method} gives that of another optimiser"

    def test_it_says_how_often_it_moves(self) -> None:
        for method, value in _answers(self.build(), _optimizer(0.1)).items():
            settings = value if isinstance(value, dict) else {}
            unknown = sorted(settings.keys() - _KEYS)
            assert not unknown, f"the dict of {method} has {unknown}; trainers know {sorted(_KEYS)}"
            interval = settings.get("interval", "epoch")
            assert interval in ("step", "epoch"), f"interval is {interval!r}; say 'step' or 'epoch'"
            assert settings.get("frequency", 1) >= 1, f"frequency is {settings['frequency']}"

    def test_learning_rates_are_positive_numbers(self) -> None:
        rates = torch.tensor(self.run(self.build()))
        assert (rates.isfinite() & (rates >= 0)).all(), f"learning rates are {rates.tolist()}"

    def test_its_state_moves_into_another_schedule(self) -> None:
        factory = self.build()
        old, new = (_schedule(factory, 0.1) for _ in range(2))
        _rates(old)
        new.load_state_dict(deepcopy(old.state_dict()))
        new.optimizer.load_state_dict(deepcopy(old.optimizer.state_dict()))
        assert _rates(new) == _rates(old), "a schedule with the state of another goes elsewhere"


def _optimizer(lr: float) -> SGD:
    return SGD([nn.Parameter(torch.ones(1))], lr=lr)


def _answers(factory: Any, optimizer: SGD) -> dict[str, Any]:
    """What each method of a factory makes, by the name of the method."""
    answers = {"create": factory.create(optimizer)}
    if isinstance(factory, KnowsSteps):
        answers["create_for_steps"] = factory.create_for_steps(optimizer, STEPS)
    return {method: answer for method, answer in answers.items() if answer is not None}


def _schedule(factory: Any, lr: float) -> LRScheduler:
    """What a trainer would take: of `create_for_steps` where that gives one."""
    answer = list(_answers(factory, _optimizer(lr)).values())[-1]
    schedule: LRScheduler = answer["scheduler"] if isinstance(answer, dict) else answer
    return schedule


def _rates(scheduler: LRScheduler) -> list[float]:
    rates = []
    for _ in range(STEPS):
        scheduler.optimizer.step()
        rates += [float(group["lr"]) for group in scheduler.optimizer.param_groups]
        if isinstance(scheduler, ReduceLROnPlateau):
            scheduler.step(1.0)
        else:
            scheduler.step()
    return rates
