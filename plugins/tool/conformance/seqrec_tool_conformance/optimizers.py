"""Conformance of factories of optimisers."""

from copy import deepcopy
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from seqrec_core.contracts import BaseOptimizerFactory, NamedParameters
from seqrec_tool_conformance.batches import seeded
from seqrec_tool_conformance.compare import assert_same
from seqrec_tool_conformance.general import GeneralConformance

__all__ = ["OptimizerConformance"]

STEPS = 20


class OptimizerConformance(GeneralConformance):
    """Checks of `create(parameters)` and of the optimiser that it returns."""

    kind = "optimizer"
    contract = BaseOptimizerFactory
    place = "trainer.optimizer"

    def inputs(self) -> dict[str, Any]:
        """Start and end of the way: the loss is the squared distance."""
        return {"start": torch.randn(5, 3, generator=seeded()), "goal": torch.zeros(5, 3)}

    def call(self, factory: Any, inputs: dict[str, Any]) -> Any:
        """Where some steps lead."""
        parameter = nn.Parameter(inputs["start"].clone())
        _step(factory.create([parameter]), parameter, inputs["goal"])
        return parameter.detach()

    def test_it_creates_an_optimizer_of_all_parameters(self) -> None:
        parameters = [nn.Parameter(torch.ones(2)), nn.Parameter(torch.ones(3))]
        _assert_holds(self.build().create(iter(parameters)), parameters, "create")

    def test_it_takes_named_parameters_where_it_says_so(self) -> None:
        factory = self.build()
        if isinstance(factory, NamedParameters):
            module = nn.Linear(2, 3)
            optimizer = factory.create_named(module.named_parameters())
            if optimizer is not None:
                _assert_holds(optimizer, list(module.parameters()), "create_named")

    def test_steps_lower_the_loss(self) -> None:
        inputs = self.inputs()
        before = (inputs["start"] - inputs["goal"]).pow(2).sum()
        after = (self.run(self.build(), inputs) - inputs["goal"]).pow(2).sum()
        assert after < before, f"{STEPS} steps take the loss from {before:.4g} to {after:.4g}"

    def test_parameters_without_gradient_stay(self) -> None:
        idle, parameter = nn.Parameter(torch.ones(4)), nn.Parameter(torch.ones(3))
        _step(self.build().create([idle, parameter]), parameter, torch.zeros(3))
        assert_same(idle.detach(), torch.ones(4), "a parameter without gradient was moved")

    def test_its_state_moves_into_another_optimizer(self) -> None:
        factory, goal = self.build(), self.inputs()["goal"]
        first = nn.Parameter(self.inputs()["start"].clone())
        old = factory.create([first])
        _step(old, first, goal)
        second = nn.Parameter(first.detach().clone())
        new = factory.create([second])
        new.load_state_dict(deepcopy(old.state_dict()))
        _step(old, first, goal)
        _step(new, second, goal)
        what = "an optimiser with the state of another goes elsewhere"
        assert_same(second.detach(), first.detach(), what)


def _assert_holds(optimizer: Any, parameters: list[nn.Parameter], method: str) -> None:
    name = type(optimizer).__name__
    assert isinstance(optimizer, Optimizer), f"{method} returns {name}, no Optimizer"
    held = [id(parameter) for group in optimizer.param_groups for parameter in group["params"]]
    same = sorted(held) == sorted(map(id, parameters))
    assert same, (
        f"the optimiser of {method} holds other parameters than it was given, or some twice"
    )


def _step(optimizer: Optimizer, parameter: Tensor, goal: Tensor) -> None:
    for _ in range(STEPS):
        optimizer.zero_grad()
        (parameter - goal).pow(2).sum().backward()
        optimizer.step()
