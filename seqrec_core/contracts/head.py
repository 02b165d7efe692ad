"""What scores items for hidden states."""

from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["DotProduct", "HeadProto"]


@runtime_checkable
class HeadProto(Protocol):
    """Scores items for hidden states."""

    def forward(self, hidden_states: "Tensor", item_embeddings: "Tensor") -> "Tensor":
        """Scores (B, V): hidden states (B, D) against items (V, D) or (B, V, D)."""

    __call__ = forward  # type: ignore[misc]


@runtime_checkable
class DotProduct(Protocol):
    """Says whether its scores are products with the item embeddings, and nothing else."""

    def is_dot_product(self) -> bool:
        """Whether losses and rankers may multiply by the item table themselves."""
