"""What compares hidden states with what came next, and the scorer that a model lends it."""

from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from seqrec_core.contracts.head import HeadProto

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["LossProto", "ScorerProto"]


@runtime_checkable
class ScorerProto(Protocol):
    """What a model lends to its loss: the item table and the head, for one call."""

    @property
    def head(self) -> HeadProto:
        """Scores items by embeddings that the loss has looked up already."""

    @property
    def is_dot_product(self) -> bool:
        """Whether scores are exactly hidden states times item weights."""

    def item_weights(self, ids: "Tensor | None" = None) -> "Tensor":
        """Item embeddings (*ids.shape, D), or all of them, (V, D), for None."""

    def columns(self, ids: "Tensor") -> "Tensor":
        """Rows of `item_weights()` that hold these item ids."""

    def __call__(self, hidden: "Tensor", ids: "Tensor | None" = None) -> "Tensor":
        """Scores (M, V) of hidden states (M, D), or (M, K) for ids (M, K)."""


@runtime_checkable
class LossProto(Protocol):
    """Compares hidden states with what really came next.

    The class attribute `needs_negatives` tells the model to pass `negative_labels`, of shape
    (N,), (B, N) or (B, L, N), between the positives and the mask; `needs_feature_tensors` to
    pass the batch's features.
    """

    needs_negatives: bool

    def __call__(
        self, model_embeddings: "Tensor", positive_labels: "Tensor", *args: Any, **kwargs: Any
    ) -> "Tensor":
        """Scalar loss of (B, L, D) against labels (B, L, P); mask True where a label counts."""
