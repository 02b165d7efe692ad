"""A scorer of dot products with a table, for tests of what finds the best items."""

import torch
from seqrec_library_kernels.scorer import ItemScorer

__all__ = ["dot_product"]


class _Head:
    def __call__(self, hidden, items):
        return hidden @ items.T if items.dim() == 2 else torch.einsum("md,mkd->mk", hidden, items)

    def is_dot_product(self):
        return True


def dot_product(table):
    """The scorer of item weights (V, D)."""
    return ItemScorer(_Head(), lambda ids: table if ids is None else table[ids])
