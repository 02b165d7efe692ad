"""Adam, made once the parameters are known."""

from collections.abc import Iterable
from typing import Literal

import torch
from torch.optim import Optimizer

from seqrec_optimizer_standard.row_adam import RowAdam


class AdamFactory:
    """Adam (Kingma and Ba, arXiv:1412.6980), fused into one kernel where PyTorch has it.

    `sparse` says how row-sparse gradients, such as those of a large embedding table, are taken:
    "lazy" updates only the rows that a step touches; "exact" first replays the steps a row has
    missed, so that touched rows equal dense Adam's. Dense gradients are not affected.
    """

    def __init__(
        self,
        lr: float = 0.001,
        betas: tuple[float, float] = (0.9, 0.98),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        fused: bool = True,
        sparse: Literal["lazy", "exact"] = "lazy",
    ) -> None:
        self.lr = lr
        self.betas = betas
        self.eps = eps
        self.weight_decay = weight_decay
        self.fused = fused
        self.sparse = sparse

    def create(self, parameters: Iterable[torch.Tensor]) -> Optimizer:
        """The optimiser of these parameters."""
        parameters = list(parameters)
        return RowAdam(
            parameters,
            lr=self.lr,
            betas=self.betas,
            eps=self.eps,
            weight_decay=self.weight_decay,
            fused=self.fused and all(map(_can_fuse, parameters)),
            exact=self.sparse == "exact",
        )


def _can_fuse(parameter: torch.Tensor) -> bool:
    """Whether PyTorch's fused kernels take this parameter."""
    return parameter.is_floating_point() and parameter.device.type in ("cpu", "cuda", "mps", "xpu")
