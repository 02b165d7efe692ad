"""What turns embeddings into hidden states."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from torch import Tensor

__all__ = [
    "BlockStates",
    "EncoderProto",
    "ItemEncoderProto",
    "LastState",
    "QueryEncoderProto",
]


@runtime_checkable
class EncoderProto(Protocol):
    """Turns a sequence of embeddings into hidden states.

    Its spec says by `is_causal` whether a state may depend on later events. Arguments come by
    name; it may give those that it does not need a default.
    """

    def forward(
        self,
        *,
        feature_tensors: Mapping[str, "Tensor"],
        input_embeddings: "Tensor",
        padding_mask: "Tensor",
        attention_mask: "Tensor",
    ) -> "Tensor":
        """Maps (B, L, D) to (B, L, D); padding_mask (B, L) is True at real events."""

    __call__ = forward  # type: ignore[misc]


class QueryEncoderProto(EncoderProto, Protocol):
    """The encoder of a query tower."""


@runtime_checkable
class ItemEncoderProto(Protocol):
    """The encoder of an item tower; there is no sequence, each item stands alone."""

    def forward(
        self, *, feature_tensors: Mapping[str, "Tensor"], input_embeddings: "Tensor"
    ) -> "Tensor":
        """Maps the embeddings (..., D) of items with these features to (..., D)."""

    __call__ = forward  # type: ignore[misc]


@runtime_checkable
class LastState(Protocol):
    """Computes the last position by itself."""

    def forward_last(
        self,
        *,
        feature_tensors: Mapping[str, "Tensor"],
        input_embeddings: "Tensor",
        padding_mask: "Tensor",
        attention_mask: "Tensor",
    ) -> "Tensor | None":
        """The last position (B, D) of what `forward` gives; None where it takes all of it."""


@runtime_checkable
class BlockStates(Protocol):
    """Tells its blocks apart."""

    def hidden_states(
        self,
        *,
        feature_tensors: Mapping[str, "Tensor"],
        input_embeddings: "Tensor",
        padding_mask: "Tensor",
        attention_mask: "Tensor",
    ) -> tuple["Tensor", ...] | None:
        """The output (B, L, D) of each block; the last one is that of `forward`."""
