"""Factories that make a learning-rate schedule once the optimiser is known.

`interval` of a factory says how often its schedule moves: every "step" or every "epoch".
"""

from torch.optim import Optimizer
from torch.optim.lr_scheduler import LinearLR, LRScheduler, StepLR


class LRSchedulerFactory:
    """Multiplies the learning rate by `gamma` every `decay_step` epochs."""

    interval = "epoch"

    def __init__(self, decay_step: int = 25, gamma: float = 1.0) -> None:
        self.decay_step = decay_step
        self.gamma = gamma

    def create(self, optimizer: Optimizer) -> LRScheduler:
        """The schedule of this optimiser."""
        return StepLR(optimizer, step_size=self.decay_step, gamma=self.gamma)


class WarmupFactory:
    """Raises the learning rate linearly over the first `warmup_steps` steps, then keeps it.

    The first step has `start_factor` of the full rate.
    """

    interval = "step"

    def __init__(self, warmup_steps: int = 1000, start_factor: float = 0.01) -> None:
        self.warmup_steps = warmup_steps
        self.start_factor = start_factor

    def create(self, optimizer: Optimizer) -> LRScheduler:
        """The schedule of this optimiser."""
        return LinearLR(optimizer, start_factor=self.start_factor, total_iters=self.warmup_steps)
