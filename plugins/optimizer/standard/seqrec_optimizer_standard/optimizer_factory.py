"""Adam or SGD by name, for Python users; specs name the components `adam` and `sgd`."""

from collections.abc import Iterable
from typing import Literal

import torch
from torch.optim import Optimizer

from seqrec_optimizer_standard.adam import AdamFactory
from seqrec_optimizer_standard.sgd import SGDFactory


class OptimizerFactory:
    """Adam or SGD by name; ValueError for another one."""

    def __init__(
        self,
        optimizer: Literal["adam", "sgd"] = "adam",
        learning_rate: float = 0.001,
        weight_decay: float = 0.0,
        sgd_momentum: float = 0.0,
        betas: tuple[float, float] = (0.9, 0.98),
    ) -> None:
        if optimizer not in ("adam", "sgd"):
            raise ValueError(f"optimizer is {optimizer!r}; choose 'adam' or 'sgd'")
        self._factory: AdamFactory | SGDFactory = (
            AdamFactory(lr=learning_rate, betas=betas, weight_decay=weight_decay)
            if optimizer == "adam"
            else SGDFactory(lr=learning_rate, momentum=sgd_momentum, weight_decay=weight_decay)
        )

    def create(self, parameters: Iterable[torch.Tensor]) -> Optimizer:
        """The optimiser of these parameters."""
        return self._factory.create(parameters)
