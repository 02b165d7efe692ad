"""What several positions do together."""

from collections.abc import Callable, Iterable, Mapping

from torch import Tensor

from seqrec_library_positions.kind import PositionProto

__all__ = ["Placement", "positioned"]

Placement = Callable[[Tensor, Tensor], tuple[Tensor, Tensor, Tensor | None]]
"""What `positioned` does to queries and keys of one batch, as attention is given it."""


def positioned(
    positions: Iterable[PositionProto],
    queries: Tensor,
    keys: Tensor,
    feature_tensors: Mapping[str, Tensor],
    padding_mask: Tensor,
) -> tuple[Tensor, Tensor, Tensor | None]:
    """Queries and keys (B, H, L, D/H) after all positions, in turn, and the sum of what they add.

    The sum is that of `PositionProto`, None where none adds anything.
    """
    total: Tensor | None = None
    for position in positions:
        queries, keys, bias = position(queries, keys, feature_tensors, padding_mask)
        if bias is not None:
            total = bias if total is None else total + bias
    return queries, keys, total
