"""What turns embeddings into hidden states."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["EncoderProto", "ItemEncoderProto", "QueryEncoderProto"]


@runtime_checkable
class EncoderProto(Protocol):
    """Turns a sequence of embeddings into hidden states, causally.

    An encoder may also offer `hidden_states(...)`, a tuple with the output of each block, and
    `forward_last(...)`, the last position (B, D) alone; both take forward's arguments.
    """

    def __call__(
        self,
        feature_tensors: Mapping[str, "Tensor"],
        input_embeddings: "Tensor",
        padding_mask: "Tensor",
        attention_mask: "Tensor",
    ) -> "Tensor":
        """Maps (B, L, D) to (B, L, D); padding_mask (B, L) is True at real events."""


class QueryEncoderProto(EncoderProto, Protocol):
    """The encoder of a query tower."""


@runtime_checkable
class ItemEncoderProto(Protocol):
    """The encoder of an item tower; there is no sequence, each item stands alone."""

    def __call__(
        self, *, feature_tensors: Mapping[str, "Tensor"], input_embeddings: "Tensor"
    ) -> "Tensor":
        """Maps the embeddings (..., D) of items with these features to (..., D)."""
