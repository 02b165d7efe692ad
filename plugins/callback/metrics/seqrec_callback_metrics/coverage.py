"""Which share of the train items was recommended to anybody.

Letters in shapes: B users, K places, T train items, V items.
"""

import math
from collections.abc import Callable, Sequence

import torch
from seqrec_library_kernels.ranking import item_columns
from torch import Tensor

__all__ = ["CoverageTally"]


class CoverageTally:
    """Keeps for each item the first place at which it was ever recommended.

    That is one integer an item for all cut-offs.
    """

    def __init__(self, item_count: int, depth: int, device: torch.device) -> None:
        self._item_count = item_count
        self._places = torch.arange(1, depth + 1, device=device, dtype=torch.int32)
        # Row 0 holds the first place of each item, row 1 is 0 for items in train; both start
        # beyond the last place. The column after the last item takes the padding.
        self._state = torch.full((2, item_count + 1), depth + 1, device=device, dtype=torch.int32)

    def add(self, items: Tensor, train: Tensor) -> None:
        """Adds recommended items (B, K), best first, and train items (B, T) of a batch."""
        recommended = item_columns(items, self._item_count)
        places = self._places.expand_as(recommended)
        self._state[0].scatter_reduce_(0, recommended.flatten(), places.flatten(), "amin")
        self._state[1].index_fill_(0, item_columns(train, self._item_count).flatten(), 0)

    def merge(self, total: Callable[[Tensor], Tensor], ks: Sequence[int]) -> None:
        """Makes the union over processes: `total` sums a tensor over them.

        An item's first place becomes the smallest of the cut-offs that it is within anywhere.
        """
        first_place, absent = self._state
        union = torch.full_like(self._state, len(self._places) + 1)
        for k in sorted(ks, reverse=True):
            union[0].masked_fill_(total((first_place <= k).int()) > 0, k)
        union[1].masked_fill_(total((absent == 0).int()) > 0, 0)
        self._state = union

    def compute(self, ks: Sequence[int]) -> list[float]:
        """Coverage at each cut-off; NaN when there were no train items."""
        first_place, absent = self._state[:, :-1].cpu()
        first_place = first_place[absent == 0]
        if not len(first_place):
            return [math.nan] * len(ks)
        return [int((first_place <= k).sum()) / len(first_place) for k in ks]
