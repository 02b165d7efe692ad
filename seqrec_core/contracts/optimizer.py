"""What makes an optimiser."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from torch import Tensor
    from torch.optim import Optimizer

__all__ = ["BaseOptimizerFactory"]


@runtime_checkable
class BaseOptimizerFactory(Protocol):
    """Makes the optimiser once the parameters are known."""

    def create(self, parameters: Iterable["Tensor"]) -> "Optimizer":
        """An optimiser of these parameters."""
