"""A learning rate that falls in steps."""

from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler, StepLR


class LRSchedulerFactory:
    """Multiplies the learning rate by `gamma` every `decay_step` epochs."""

    def __init__(self, decay_step: int = 25, gamma: float = 1.0) -> None:
        self.decay_step = decay_step
        self.gamma = gamma

    def create(self, optimizer: Optimizer) -> LRScheduler:
        """The schedule of this optimiser."""
        return StepLR(optimizer, step_size=self.decay_step, gamma=self.gamma)
