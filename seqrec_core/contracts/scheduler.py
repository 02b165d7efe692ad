"""What makes a learning-rate schedule."""

from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from torch.optim import Optimizer
    from torch.optim.lr_scheduler import LRScheduler

__all__ = ["BaseLRSchedulerFactory"]


@runtime_checkable
class BaseLRSchedulerFactory(Protocol):
    """Makes the learning-rate schedule once the optimiser is known."""

    def create(self, optimizer: "Optimizer") -> "LRScheduler":
        """A schedule of this optimiser."""
