"""The filter that keeps callbacks from recommending what a user has already seen."""

from collections.abc import Mapping
from typing import Any

from torch import Tensor

from seqrec_postprocessor_seen.item_filter import ItemFilter

__all__ = ["SeenItemsFilter"]


class SeenItemsFilter(ItemFilter):
    """Sets the logits of items that a user has seen to -inf.

    Logits [[0.1, 0.2, 0.3], [-0.1, -0.2, -0.3]] of users who have seen [1, 0] and [1, 2, 1] become
    [[-inf, -inf, 0.3], [-0.1, -inf, -inf]].

    `item_count` is the number of items V, as in the schema's cardinality; ids outside 0..V-1 in
    `seen_items_column` of the batch, (B, S), are padding. Logits of other than V columns need
    candidates that name the items of the columns, in the batch or in `candidates` of the filter.
    """

    def __init__(self, item_count: int, seen_items_column: str = "seen_ids") -> None:
        if item_count < 1:
            raise ValueError(f"item_count must be at least 1, got {item_count}")
        self.item_count: int = item_count
        self.seen_items_column = seen_items_column

    def excluded_items(self, batch: Mapping[str, Any]) -> Tensor:
        """The items each user has seen (B, S), -1 where there is padding.

        Raises KeyError when the batch has no such column.
        """
        if self.seen_items_column not in batch:
            raise KeyError(
                f"the batch has no column {self.seen_items_column!r} with the items each user has "
                f"seen, only {sorted(batch)}; read that column in this split or name another one "
                "as seen_items_column"
            )
        seen: Tensor = batch[self.seen_items_column]
        return seen.masked_fill((seen < 0) | (seen >= self.item_count), -1)
