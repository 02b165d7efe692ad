"""What a model lends to its loss: the item table and the head, tied together for one call."""

from collections.abc import Callable

import torch
from torch import Tensor

from seqrec_core.contracts import DotProduct, HeadProto, Scoring
from seqrec_library_kernels.unwrap import unwrap

__all__ = ["ItemScorer", "check_item_columns"]


class ItemScorer:
    """Scores items for hidden states, with a head and the weights of an embedder.

    `head` scores hidden states (M, D) against items (V, D), or (M, K, D), a row's own each.
    `item_weights_of` is the embedder's `get_item_weights`: (V, D) for None, without the pad row,
    or (*ids.shape, D) for item ids. `padding_value` is the id of the pad row where that is not
    the last one: rows of (V, D) and item ids then differ, and `columns` translates.
    """

    def __init__(
        self,
        head: HeadProto,
        item_weights_of: Callable[[Tensor | None], Tensor],
        padding_value: int | None = None,
    ):
        self.head = head
        self.item_weights_of = item_weights_of
        self.padding_value = padding_value

    @property
    def is_dot_product(self) -> bool:
        """Whether scores are exactly `hidden @ item_weights().T`; the head says so."""
        head = unwrap(self.head)
        return isinstance(head, DotProduct) and head.is_dot_product()

    def item_weights(self, ids: Tensor | None = None) -> Tensor:
        """Return the embeddings of these items, (*ids.shape, D), or of all, (V, D)."""
        return self.item_weights_of(ids)

    def columns(self, ids: Tensor) -> Tensor:
        """Return the rows of `item_weights()`, so the columns of all logits, of item ids.

        The padding id has none: -1 where it is not the last one, else the number of items.
        """
        if self.padding_value is None:
            return ids
        columns = ids - (ids > self.padding_value).long()
        return columns.masked_fill(ids == self.padding_value, -1)

    def __call__(self, hidden: Tensor, ids: Tensor | None = None) -> Tensor:
        """Return logits (M, V) of hidden states (M, D), or (M, K) for ids (K,) or (M, K)."""
        return self.head(hidden, self.item_weights(ids))


@torch.no_grad()
def check_item_columns(model: object) -> None:
    """Raise ValueError where column j of a model's logits is not item j.

    A model that lends no scorer is taken at its word.
    """
    inner = unwrap(model)
    scorer = inner.scorer() if isinstance(inner, Scoring) else None
    if scorer is None:
        return
    weights = scorer.item_weights()
    items = torch.arange(len(weights), device=weights.device)
    moved = (scorer.columns(items) != items).nonzero().flatten().tolist()
    if moved:
        raise ValueError(
            f"the item id pads with {moved[0]}, so columns of the logits are not item ids; "
            "pad with the cardinality, and count items from 0"
        )
