"""A plain scorer for losses under test; every number of it goes through autograd.

Letters in shapes: M rows, D dim, V items, K candidates.
"""

import torch
from torch import Tensor, nn

__all__ = ["CurvedHead", "DotHead", "PlainScorer", "SilentHead"]


class DotHead(nn.Module):
    """Dot products of hidden states (M, D) with items (C, D), or each with its own (M, K, D)."""

    def is_dot_product(self) -> bool:
        """Its scores are products and nothing else."""
        return True

    def forward(self, hidden_states: Tensor, item_embeddings: Tensor) -> Tensor:
        """Scores (M, C) or (M, K)."""
        if item_embeddings.dim() == 2:
            return hidden_states @ item_embeddings.T
        return torch.einsum("md,mcd->mc", hidden_states, item_embeddings)


class SilentHead(DotHead):
    """Dot products that do not say so, so that a loss has to call the head."""

    def is_dot_product(self) -> bool:
        """Nobody is told."""
        return False


class CurvedHead(SilentHead):
    """A head that is no dot product."""

    def forward(self, hidden_states: Tensor, item_embeddings: Tensor) -> Tensor:
        """Scores (M, C) or (M, K)."""
        scores = super().forward(hidden_states, item_embeddings)
        return scores + torch.sin(scores)


class PlainScorer:
    """Scores items by a table (V + 1, D), one row of which, `padding_value`, is padding."""

    def __init__(self, table: Tensor, padding_value: int, head: DotHead | None = None):
        self.table = table
        self.padding_value = padding_value
        self.head = head or DotHead()

    @property
    def is_dot_product(self) -> bool:
        """What the head says."""
        return self.head.is_dot_product()

    def item_weights(self, ids: Tensor | None = None) -> Tensor:
        """Rows (*ids.shape, D) of item ids, or all (V, D), without padding."""
        if ids is not None:
            return self.table[ids]
        return torch.cat([self.table[: self.padding_value], self.table[self.padding_value + 1 :]])

    def columns(self, ids: Tensor) -> Tensor:
        """Rows of `item_weights()` that hold these ids."""
        return ids - (ids > self.padding_value).long()

    def __call__(self, hidden: Tensor, ids: Tensor | None = None) -> Tensor:
        """Scores (M, V), or (M, K) for ids (K,) or (M, K)."""
        scores: Tensor = self.head(hidden, self.item_weights(ids))
        return scores
