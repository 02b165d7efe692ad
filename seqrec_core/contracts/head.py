"""What scores items for hidden states."""

from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["HeadProto"]


@runtime_checkable
class HeadProto(Protocol):
    """Scores items for hidden states.

    A head whose scores are plain dot products says so with `dot_product = True`; losses and
    rankers may then work on the item table directly.
    """

    def __call__(self, hidden_states: "Tensor", item_embeddings: "Tensor") -> "Tensor":
        """Scores (B, V): hidden states (B, D) against items (V, D) or (B, V, D)."""
