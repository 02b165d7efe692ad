"""Adam that also takes row-sparse gradients, one row of a table at a time."""

import math
from collections.abc import Callable
from typing import Any

import torch
from torch.optim import Adam


class RowAdam(Adam):
    """Adam for dense gradients; rows of a sparse gradient are updated by themselves.

    A gradient is sparse when the embedding it comes from is: (V, D) with M rows present. Only
    those rows of the table and of both moments are read or written, so a step costs O(M D).

    By default the other rows stand still, their moments too, as `torch.optim.SparseAdam` does.
    With `exact`, a row that a step touches first makes the moves that dense Adam would have made
    in the steps it missed (at the present learning rate), so that it then equals dense Adam's.
    Moves that have decayed below 1e-8 of the first are skipped.

    Raises ValueError for a sparse gradient with weight decay, which would touch every row.
    """

    def __init__(self, params: Any, *, exact: bool = False, **adam: Any) -> None:
        super().__init__(params, **adam)
        self.exact = exact

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Makes one step; the closure, if any, is run first and its loss returned."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        sparse = [
            (parameter, parameter.grad, group)
            for group in self.param_groups
            for parameter in group["params"]
            if parameter.grad is not None and parameter.grad.is_sparse
        ]
        for parameter, gradient, group in sparse:
            self._step_rows(parameter, gradient.coalesce(), group)
            parameter.grad = None
        super().step()
        for parameter, gradient, _ in sparse:
            parameter.grad = gradient
        return loss

    def _step_rows(
        self, table: torch.Tensor, gradient: torch.Tensor, group: dict[str, Any]
    ) -> None:
        """Updates the rows (M,) of a table (V, D) that a coalesced gradient holds."""
        if group["weight_decay"]:
            raise ValueError(
                f"weight_decay={group['weight_decay']} with a row-sparse gradient would change "
                "every row; set it to 0 or make the embedding's gradient dense"
            )
        state = self.state[table] or self._start(table, group)
        state["step"] += 1
        rows = gradient.indices()[0]
        moments = {name: state[name][rows] for name in ("exp_avg", "exp_avg_sq")}
        values = table[rows]
        if self.exact and len(rows):
            _replay(values, moments, state, rows, group)
            state["last"][rows] = state["step"].to(table.device)
        first, second = group["betas"]
        new = gradient.values()
        moments["exp_avg"].lerp_(new, 1 - first)
        moments["exp_avg_sq"].mul_(second).addcmul_(new, new, value=1 - second)
        values -= _move(moments["exp_avg"], moments["exp_avg_sq"], state["step"], group)
        table[rows] = values
        for name, value in moments.items():
            state[name][rows] = value

    def _start(self, table: torch.Tensor, group: dict[str, Any]) -> dict[str, torch.Tensor]:
        """Fresh state of a table, laid out as dense Adam's."""
        state: dict[str, torch.Tensor] = self.state[table]
        state["step"] = torch.zeros((), device=table.device if group["fused"] else "cpu")
        state["exp_avg"] = torch.zeros_like(table)
        state["exp_avg_sq"] = torch.zeros_like(table)
        if self.exact:
            state["last"] = torch.zeros(len(table), device=table.device)
        return state


def _move(
    mean: torch.Tensor, square: torch.Tensor, step: torch.Tensor, group: dict[str, Any]
) -> torch.Tensor:
    """What Adam takes off a parameter at this step, from its two moments."""
    first, second = group["betas"]
    deviation: torch.Tensor = (square / (1 - second**step)).sqrt_()
    move: torch.Tensor = group["lr"] / (1 - first**step) * mean / deviation.add_(group["eps"])
    return move


def _replay(
    values: torch.Tensor,
    moments: dict[str, torch.Tensor],
    state: dict[str, torch.Tensor],
    rows: torch.Tensor,
    group: dict[str, Any],
) -> None:
    """Makes, in place, the moves with zero gradient that these rows (M, D) have missed."""
    first, second = group["betas"]
    last = state["last"][rows]
    missed = torch.where(last > 0, state["step"].to(last.device) - 1 - last, 0.0)
    decay = first / math.sqrt(second)
    horizon = math.ceil(math.log(1e-8) / math.log(decay)) if decay < 1 else math.inf
    for skipped in range(1, int(min(missed.max().item(), horizon)) + 1):
        active = (missed >= skipped).nonzero().squeeze(1)
        mean = moments["exp_avg"][active] * first**skipped
        square = moments["exp_avg_sq"][active] * second**skipped
        values[active] -= _move(mean, square, (last[active] + skipped).unsqueeze(1), group)
    moments["exp_avg"].mul_((first**missed).unsqueeze(1))
    moments["exp_avg_sq"].mul_((second**missed).unsqueeze(1))
