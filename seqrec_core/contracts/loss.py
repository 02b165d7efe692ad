"""What compares hidden states with what came next, and the scorer that a model lends it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple, Protocol, runtime_checkable

from seqrec_core.contracts.head import HeadProto

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["Labels", "LossProto", "ScorerProto"]


class Labels(NamedTuple):
    """What the hidden states (B, L, D) of a batch are compared with.

    `positives` (B, L, P) are item ids; `mask` (B, L, P) is True where one counts. `negatives`
    (N,), (B, N) or (B, L, N) are item ids that were drawn, `weights` (B, L, P) or (B, L) weigh the
    positives, and `features` are those of the batch: None where the batch has none.
    `negative_logq`, shaped as negatives, and `positive_logq` (B, L, P) are the logarithms of how
    often each of these items is expected among the negatives, for losses that correct for it.
    """

    positives: "Tensor"
    mask: "Tensor"
    negatives: "Tensor | None" = None
    weights: "Tensor | None" = None
    features: "Mapping[str, Tensor] | None" = None
    negative_logq: "Tensor | None" = None
    positive_logq: "Tensor | None" = None


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
        """Rows of `item_weights()` of item ids; negative, or V and more, for ids without one."""

    def __call__(self, hidden: "Tensor", ids: "Tensor | None" = None) -> "Tensor":
        """Scores (M, V) of hidden states (M, D), or (M, K) for ids (M, K)."""


@runtime_checkable
class LossProto(Protocol):
    """Compares hidden states with what really came next.

    It says itself, by a ValueError, which label it misses; its spec asks the pipeline for
    negatives by `needs_negatives`.
    """

    def forward(self, hidden_states: "Tensor", labels: Labels, *, scorer: ScorerProto) -> "Tensor":
        """Scalar loss of hidden states (B, L, D), over the positions that have a target."""

    __call__ = forward  # type: ignore[misc]
