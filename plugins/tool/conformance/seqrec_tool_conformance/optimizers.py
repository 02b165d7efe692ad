"""Conformance of factories of optimisers and of learning-rate schedules."""

from copy import deepcopy
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import SGD, Optimizer
from torch.optim.lr_scheduler import LRScheduler

from seqrec_tool_conformance.batches import seeded
from seqrec_tool_conformance.compare import assert_same
from seqrec_tool_conformance.general import GeneralConformance

__all__ = ["OptimizerConformance", "SchedulerConformance"]

STEPS = 20


class OptimizerConformance(GeneralConformance):
    """Checks of `create(parameters)` and of the optimiser that it returns."""

    kind = "optimizer"

    def inputs(self) -> dict[str, Any]:
        """Start and end of the way: the loss is the squared distance."""
        return {"start": torch.randn(5, 3, generator=seeded()), "goal": torch.zeros(5, 3)}

    def call(self, made: Any, inputs: dict[str, Any]) -> Any:
        """Where some steps lead."""
        parameter = nn.Parameter(inputs["start"].clone())
        _step(made.create([parameter]), parameter, inputs["goal"])
        return parameter.detach()

    def test_it_creates_an_optimizer_of_all_parameters(self) -> None:
        given = [nn.Parameter(torch.ones(2)), nn.Parameter(torch.ones(3))]
        made = self.made().create(iter(given))
        assert isinstance(made, Optimizer), f"create returns {type(made).__name__}, no Optimizer"
        held = [parameter for group in made.param_groups for parameter in group["params"]]
        kept = {id(parameter) for parameter in held} == {id(parameter) for parameter in given}
        assert kept, "the optimiser holds other parameters than it was given"

    def test_steps_lower_the_loss(self) -> None:
        inputs = self.inputs()
        before = (inputs["start"] - inputs["goal"]).pow(2).sum()
        after = (self.run(self.made(), inputs) - inputs["goal"]).pow(2).sum()
        assert after < before, f"{STEPS} steps take the loss from {before:.4g} to {after:.4g}"

    def test_parameters_without_gradient_stay(self) -> None:
        idle, parameter = nn.Parameter(torch.ones(4)), nn.Parameter(torch.ones(3))
        _step(self.made().create([idle, parameter]), parameter, torch.zeros(3))
        assert_same(idle.detach(), torch.ones(4), "a parameter without gradient was moved")

    def test_its_state_moves_into_another_optimizer(self) -> None:
        made, goal = self.made(), self.inputs()["goal"]
        first = nn.Parameter(self.inputs()["start"].clone())
        old = made.create([first])
        _step(old, first, goal)
        second = nn.Parameter(first.detach().clone())
        new = made.create([second])
        new.load_state_dict(deepcopy(old.state_dict()))
        _step(old, first, goal)
        _step(new, second, goal)
        what = "an optimiser with the state of another goes elsewhere"
        assert_same(second.detach(), first.detach(), what)


def _step(optimizer: Optimizer, parameter: Tensor, goal: Tensor) -> None:
    for _ in range(STEPS):
        optimizer.zero_grad()
        (parameter - goal).pow(2).sum().backward()
        optimizer.step()


class SchedulerConformance(GeneralConformance):
    """Checks of `create(optimizer)` and of the schedule that it returns."""

    kind = "scheduler"

    def inputs(self) -> dict[str, Any]:
        """A learning rate."""
        return {"lr": 0.1}

    def call(self, made: Any, inputs: dict[str, Any]) -> Any:
        """The learning rates of some steps."""
        optimizer = SGD([nn.Parameter(torch.ones(1))], lr=inputs["lr"])
        return _rates(made.create(optimizer))

    def test_it_creates_a_schedule_of_the_optimizer(self) -> None:
        optimizer = SGD([nn.Parameter(torch.ones(1))], lr=0.1)
        made = self.made().create(optimizer)
        assert isinstance(made, LRScheduler), f"create returns {type(made).__name__}"
        assert made.optimizer is optimizer, "the schedule belongs to another optimiser"

    def test_it_says_how_often_it_moves(self) -> None:
        interval = getattr(self.made(), "interval", "epoch")
        assert interval in ("step", "epoch"), f"interval is {interval!r}; say 'step' or 'epoch'"

    def test_learning_rates_are_positive_numbers(self) -> None:
        rates = torch.tensor(self.run(self.made()))
        assert (rates.isfinite() & (rates >= 0)).all(), f"learning rates are {rates.tolist()}"

    def test_its_state_moves_into_another_schedule(self) -> None:
        made = self.made()
        old, new = (made.create(SGD([nn.Parameter(torch.ones(1))], lr=0.1)) for _ in range(2))
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
