"""What turns features into embeddings."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["EmbedderProto", "PaddedItems"]


@runtime_checkable
class EmbedderProto(Protocol):
    """Turns features into embeddings and owns the item table."""

    @property
    def embeddings_dim(self) -> dict[str, int]:
        """Size of each feature's embedding."""

    def forward(
        self, feature_tensor: Mapping[str, "Tensor"], feature_names: Sequence[str] | None = None
    ) -> Mapping[str, "Tensor"]:
        """Embeds each feature: (B, L) or (B, L, n) to (B, L, D)."""

    __call__ = forward  # type: ignore[misc]

    def get_item_weights(self, indices: "Tensor | None" = None) -> "Tensor":
        """Item embeddings (*indices.shape, D), or (V, D), without the pad row, for None."""


@runtime_checkable
class PaddedItems(Protocol):
    """Tells where among the item ids the padding is."""

    def item_padding(self) -> int | None:
        """The item id that pads; items above it stand one row lower. None: it is above all."""
