"""Lion: the sign of a momentum that is interpolated twice."""

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch.optim import Optimizer

from seqrec_optimizer_decoupled.decay_groups import (
    USUAL,
    groups_by_dimension,
    groups_by_name,
    refuse_row_sparse,
)

__all__ = ["Lion", "LionFactory"]


class Lion(Optimizer):
    """Evolved sign momentum (Chen et al., NeurIPS 2023, arXiv:2302.06675, algorithm 2).

    With gradient g, momentum m and betas b1, b2, a weight w becomes

        w - lr * (sign(b1 * m + (1 - b1) * g) + weight_decay * w),

    and then m becomes b2 * m + (1 - b2) * g. Each weight moves by lr, whatever its gradient; only
    one number a weight is kept.
    """

    def __init__(
        self,
        params: Any,
        lr: float = 1e-4,
        betas: tuple[float, float] = (0.9, 0.99),
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(params, {"lr": lr, "betas": betas, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Makes one step; the closure, if any, is run first and its loss returned."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        refuse_row_sparse(self)
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is not None:
                    self._move(parameter, parameter.grad, group)
        return loss

    def _move(self, weight: torch.Tensor, gradient: torch.Tensor, group: dict[str, Any]) -> None:
        """Moves one weight in place, and its momentum."""
        state = self.state[weight]
        if not state:
            state["momentum"] = torch.zeros_like(weight)
        momentum: torch.Tensor = state["momentum"]
        first, second = group["betas"]
        if group["weight_decay"]:
            weight.mul_(1 - group["lr"] * group["weight_decay"])
        weight.add_(gradient.lerp(momentum, first).sign_(), alpha=-group["lr"])
        momentum.lerp_(gradient, 1 - second)


class LionFactory:
    """Lion, with weights that keep their size chosen by name, as those of AdamW are."""

    def __init__(
        self,
        lr: float = 1e-4,
        betas: tuple[float, float] = (0.9, 0.99),
        weight_decay: float = 0.1,
        no_decay: Iterable[str] = USUAL,
    ) -> None:
        self.lr = lr
        self.betas = betas
        self.weight_decay = weight_decay
        self.no_decay = tuple(no_decay)

    def create(self, parameters: Iterable[torch.Tensor]) -> Optimizer:
        """An optimiser of parameters without names: matrices decay, vectors do not."""
        return self._of(groups_by_dimension(parameters, self.weight_decay, self.no_decay))

    def create_named(self, named_parameters: Iterable[tuple[str, torch.Tensor]]) -> Optimizer:
        """An optimiser of these parameters, which decay by their names."""
        return self._of(groups_by_name(named_parameters, self.weight_decay, self.no_decay))

    def _of(self, groups: Any) -> Optimizer:
        return Lion(groups, lr=self.lr, betas=self.betas)
