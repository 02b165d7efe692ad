"""What holds the features of all items."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["FeaturesReaderProtocol"]


@runtime_checkable
class FeaturesReaderProtocol(Protocol):
    """Holds the features of all items, row i for item i."""

    @property
    def feature_names(self) -> Sequence[str]:
        """Names of the features it holds."""

    def __getitem__(self, key: str) -> "Tensor":
        """One feature of all items, (V,) or (V, n)."""
