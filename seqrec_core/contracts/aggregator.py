"""What merges several embeddings into one."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["AggregatorProto", "Resettable"]


@runtime_checkable
class AggregatorProto(Protocol):
    """Merges the embeddings of several features into one."""

    @property
    def embedding_dim(self) -> int:
        """Size of the merged embedding."""

    def forward(self, feature_tensors: Mapping[str, "Tensor"]) -> "Tensor":
        """Merges tensors (B, L, D_i) into (B, L, D)."""

    __call__ = forward  # type: ignore[misc]


@runtime_checkable
class Resettable(Protocol):
    """Draws its weights anew."""

    def reset_parameters(self) -> None:
        """Gives every parameter its first value again, from torch's global generator."""
