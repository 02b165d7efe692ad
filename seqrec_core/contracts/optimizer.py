"""What makes an optimiser."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from torch import Tensor
    from torch.nn import Parameter
    from torch.optim import Optimizer

__all__ = ["BaseOptimizerFactory", "NamedParameters"]


@runtime_checkable
class BaseOptimizerFactory(Protocol):
    """Makes the optimiser once the parameters are known."""

    def create(self, parameters: Iterable["Tensor"]) -> "Optimizer":
        """An optimiser of these parameters."""


@runtime_checkable
class NamedParameters(Protocol):
    """Treats parameters by their names, as where some do not decay."""

    def create_named(
        self, named_parameters: Iterable[tuple[str, "Parameter"]]
    ) -> "Optimizer | None":
        """An optimiser of these parameters; callers prefer it to `create`."""
