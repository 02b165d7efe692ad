"""The best items by way of an index: it names a few that may be, which are then scored exactly.

An index does not know of filters. So more items are asked for than are recommended, and more again
for users to whom filters leave too few; at last all items are scored, as without an index.

Letters in shapes: B users, D dim, F fetched items, S excluded items, V items.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

import torch
from seqrec_library_kernels.deferred import DeferredLogits
from seqrec_library_kernels.ranking import TopItems, top_items, top_scored
from seqrec_library_kernels.unwrap import unwrap
from torch import Tensor

from seqrec_core.contracts import ExcludesItems, PostprocessorProto

__all__ = ["NearestItems", "all_excluded", "top_nearest"]

_FACTOR = 2  # items fetched for each that is wanted: an index of few bits errs near the end
_FEW = 1024  # fetched at first, at most, for the sake of filters
_WIDER = 4


@runtime_checkable
class NearestItems(Protocol):
    """Finds, quickly and not always right, items that score highest by a dot product.

    Several threads may ask at once.
    """

    def nearest(self, queries: Tensor, k: int) -> Tensor:
        """Item ids (B, k), each once a row, for hidden states (B, D); -1 where it has no more."""


def all_excluded(
    postprocessors: Sequence[PostprocessorProto], batch: Mapping[str, Any]
) -> Tensor | None:
    """Item ids (B, S) that the postprocessors drop; None where one of them does anything else."""
    dropped = []
    for postprocessor in postprocessors:
        inner = unwrap(postprocessor)
        ids = inner.excluded_items(batch) if isinstance(inner, ExcludesItems) else None
        if ids is None:
            return None
        dropped.append(ids)
    if not dropped:
        return torch.empty(len(next(iter(batch.values()))), 0, dtype=torch.int64)
    return torch.cat(dropped, dim=1)


def top_nearest(answer: DeferredLogits, index: NearestItems, k: int, excluded: Tensor) -> TopItems:
    """The k best items of every user among those that the index names, with their exact scores.

    `excluded` (B, S) are left out; negative ids are padding.
    """
    hidden, items = answer.hidden, len(answer.scorer.item_weights())
    excluded = excluded.to(hidden.device)
    most = int((excluded >= 0).sum(1).max()) if excluded.numel() else 0
    fetch = _FACTOR * k + min(most, _FEW)
    ids = hidden.new_full((len(hidden), k), -1, dtype=torch.int64)
    scores = hidden.new_full((len(hidden), k), -torch.inf, dtype=torch.float32)
    short = torch.arange(len(hidden), device=hidden.device)  # users with too few
    while len(short):
        queries, dropped = hidden[short], excluded[short]
        is_last = fetch * _WIDER > items
        top = (
            top_scored(queries, answer.scorer.item_weights(), k, excluded=dropped)
            if is_last
            else _rescored(queries, answer, index.nearest(queries, fetch), k, dropped)
        )
        ids[short], scores[short] = top.items, top.scores
        short = short[:0] if is_last else short[(top.items < 0).any(1)]
        fetch *= _WIDER
    return TopItems(ids, scores)


def _rescored(
    queries: Tensor, answer: DeferredLogits, fetched: Tensor, k: int, excluded: Tensor
) -> TopItems:
    """The k best of the fetched items (B, F) by their exact scores."""
    fetched = fetched.to(queries.device)
    logits = answer.scorer(queries, fetched.clamp(min=0))
    return top_items(logits, k, excluded=excluded, candidates=fetched)
