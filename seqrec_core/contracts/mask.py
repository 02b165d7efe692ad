"""What says which positions may look at which."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["AttentionMaskProto"]


@runtime_checkable
class AttentionMaskProto(Protocol):
    """Says which positions may look at which."""

    def forward(self, feature_tensor: Mapping[str, "Tensor"], padding_mask: "Tensor") -> "Tensor":
        """Float mask (B*H, L, L), (B, H, L, L) or (B, 1, L, L); no row is fully -inf."""

    __call__ = forward  # type: ignore[misc]
