"""The kind position: the base class of its specs, and what a position must be able to do.

An encoder whose spec has a field of this kind takes the positions of anybody.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from seqrec_core.spec import Spec, spec

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["PositionProto", "PositionSpec"]


@spec
class PositionSpec(Spec):
    """What the order of events, or their times, does to attention."""

    kind = "position"


@runtime_checkable
class PositionProto(Protocol):
    """Changes who attends to whom, by where or when events stand; a torch module."""

    def forward(
        self,
        queries: "Tensor",
        keys: "Tensor",
        feature_tensors: Mapping[str, "Tensor"],
        padding_mask: "Tensor",
    ) -> tuple["Tensor", "Tensor", "Tensor | None"]:
        """New queries and keys (B, H, L, D/H), and what to add to the scores of their products.

        That is (B, H, L, L), rows are queries, either of the first two may be 1, or None for
        nothing. padding_mask (B, L) is True at real events; sequences are padded on the left, so
        that places count from the right. What it does must not depend on how much padding there is.
        """

    __call__ = forward  # type: ignore[misc]
