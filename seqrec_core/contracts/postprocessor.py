"""What changes logits before they are ranked."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["ExcludesItems", "PostprocessorProto"]


@runtime_checkable
class PostprocessorProto(Protocol):
    """Changes logits before they are ranked; returns a new tensor, never edits its input."""

    def on_prediction(self, batch: Mapping[str, Any], logits: "Tensor") -> "Tensor":
        """New logits, shape kept, when recommendations are made."""

    def on_validation(self, batch: Mapping[str, Any], logits: "Tensor") -> "Tensor":
        """New logits, shape kept, when metrics are computed."""


@runtime_checkable
class ExcludesItems(Protocol):
    """Does nothing but drop items, and says which: they are left out without a copy of logits."""

    def excluded_items(self, batch: Mapping[str, Any]) -> "Tensor | None":
        """Item ids (B, S) to drop for each user, negative ones padding; None: call the stages."""
