"""What mixes features of the query into hidden states."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["ContextMergerProto"]


@runtime_checkable
class ContextMergerProto(Protocol):
    """Mixes features of the query into its hidden states."""

    def forward(
        self, model_hidden_state: "Tensor", feature_tensors: Mapping[str, "Tensor"]
    ) -> "Tensor":
        """Maps (B, L, D), or (B, D) at the last position, to the same shape."""

    __call__ = forward  # type: ignore[misc]
