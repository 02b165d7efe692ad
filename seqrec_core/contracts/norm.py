"""What normalises hidden states."""

from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["NormalizerProto"]


@runtime_checkable
class NormalizerProto(Protocol):
    """Normalises hidden states; `torch.nn.LayerNorm` satisfies it."""

    def forward(self, hidden_states: "Tensor", /) -> "Tensor":
        """Maps (..., D) to (..., D)."""

    __call__ = forward  # type: ignore[misc]
