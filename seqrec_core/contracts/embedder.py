"""What turns features into embeddings."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["EmbedderProto"]


@runtime_checkable
class EmbedderProto(Protocol):
    """Turns features into embeddings and owns the item table."""

    @property
    def embeddings_dim(self) -> dict[str, int]:
        """Size of each feature's embedding."""

    def __call__(
        self, feature_tensor: Mapping[str, "Tensor"], feature_names: Sequence[str] | None = None
    ) -> Mapping[str, "Tensor"]:
        """Embeds each feature: (B, L) or (B, L, n) to (B, L, D)."""

    def get_item_weights(self, indices: "Tensor | None" = None) -> "Tensor":
        """Item embeddings (*indices.shape, D), or (V, D), without the pad row, for None."""
