"""Stochastic gradient descent, made once the parameters are known."""

from collections.abc import Iterable

import torch
from torch.optim import SGD, Optimizer


class SGDFactory:
    """Stochastic gradient descent, with momentum where asked for."""

    def __init__(self, lr: float = 0.01, momentum: float = 0.0, weight_decay: float = 0.0) -> None:
        self.lr = lr
        self.momentum = momentum
        self.weight_decay = weight_decay

    def create(self, parameters: Iterable[torch.Tensor]) -> Optimizer:
        """The optimiser of these parameters."""
        return SGD(parameters, lr=self.lr, momentum=self.momentum, weight_decay=self.weight_decay)
