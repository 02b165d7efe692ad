"""The kind reranker: the base class of its specs, and what a reranker must be able to do."""

from typing import TYPE_CHECKING, Protocol, runtime_checkable

from seqrec_core.spec import Spec, spec

if TYPE_CHECKING:
    from torch import Tensor


@spec
class RerankerSpec(Spec):
    """Scores to scores, by what the user has chosen before."""

    kind = "reranker"


@runtime_checkable
class RerankerProto(Protocol):
    """Changes scores by the history of a user; a torch module without regard to any model."""

    def forward(self, logits: "Tensor", items: "Tensor", history: "Tensor") -> "Tensor":
        """New logits (B, C) of items (C,), by the item ids (B, L) of each user's history.

        What is no item in the history, such as the cardinality V, is padding.
        """

    __call__ = forward  # type: ignore[misc]
