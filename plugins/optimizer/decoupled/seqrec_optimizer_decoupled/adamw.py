"""AdamW, made once the parameters are known."""

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch.optim import AdamW, Optimizer

from seqrec_optimizer_decoupled.decay_groups import (
    USUAL,
    Groups,
    groups_by_dimension,
    groups_by_name,
    refuse_row_sparse,
)

__all__ = ["AdamWFactory", "DenseAdamW"]


class DenseAdamW(AdamW):
    """AdamW that says what to do about a row-sparse gradient, before anything moves."""

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Makes one step; the closure, if any, is run first and its loss returned."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        refuse_row_sparse(self)
        super().step()
        return loss


class AdamWFactory:
    """Adam with decoupled weight decay (Loshchilov and Hutter, arXiv:1711.05101, algorithm 2).

    A step first takes the share lr * weight_decay off a weight, then moves it as Adam does.
    Weights whose names match `no_decay`, and all vectors, keep their size. Fused into one kernel
    where PyTorch has it.
    """

    def __init__(
        self,
        lr: float = 0.001,
        betas: tuple[float, float] = (0.9, 0.98),
        eps: float = 1e-8,
        weight_decay: float = 0.01,
        no_decay: Iterable[str] = USUAL,
        fused: bool = True,
    ) -> None:
        self.lr = lr
        self.betas = betas
        self.eps = eps
        self.weight_decay = weight_decay
        self.no_decay = tuple(no_decay)
        self.fused = fused

    def create(self, parameters: Iterable[torch.Tensor]) -> Optimizer:
        """An optimiser of parameters without names: matrices decay, vectors do not."""
        return self._of(groups_by_dimension(parameters, self.weight_decay, self.no_decay))

    def create_named(self, named_parameters: Iterable[tuple[str, torch.Tensor]]) -> Optimizer:
        """An optimiser of these parameters, which decay by their names."""
        return self._of(groups_by_name(named_parameters, self.weight_decay, self.no_decay))

    def _of(self, groups: Groups) -> Optimizer:
        parameters = [parameter for group in groups for parameter in group["params"]]
        fused = self.fused and all(map(_can_fuse, parameters))
        return DenseAdamW(groups, lr=self.lr, betas=self.betas, eps=self.eps, fused=fused)


def _can_fuse(parameter: torch.Tensor) -> bool:
    """Whether PyTorch's fused kernels take this parameter."""
    return parameter.is_floating_point() and parameter.device.type in ("cpu", "cuda", "mps", "xpu")
