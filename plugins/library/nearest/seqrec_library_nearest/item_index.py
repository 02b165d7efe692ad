"""Finds the items with the highest dot products, by faiss.

Letters in shapes: B users, D dim, V items.
"""

from typing import Any, NamedTuple

import attrs
import faiss
import torch
from torch import Tensor

from seqrec_core.errors import DataError
from seqrec_library_nearest.index_kinds import KINDS

__all__ = ["ItemIndex", "Nearest"]


class Nearest(NamedTuple):
    """Item ids (B, k), -1 where there are no more, and the scores (B, k) that the index has."""

    items: Tensor
    scores: Tensor


@attrs.frozen
class ItemIndex:
    """An index of one of the KINDS; row i of what it was built of is item i.

    `effort` is how much of it is searched: the cells of ivf, the candidates of a walk of hnsw.
    Threads may search at once; each takes as many threads of its own as torch would, which is one
    after a fork, see `Recommender`.
    """

    index: Any
    kind: str
    effort: int = 1

    @classmethod
    def build(cls, weights: Tensor, kind: str) -> "ItemIndex":
        """The index of item weights (V, D); DataError for another kind, or no items.

        Its effort is the least.
        """
        if kind not in KINDS:
            raise DataError(f"no index is of the kind {kind!r}; take one of {', '.join(KINDS)}")
        table = weights.detach().to("cpu", torch.float32).contiguous().numpy()
        if not table.size:
            raise DataError(f"the item table has the shape {table.shape}; there is nothing to find")
        faiss.omp_set_num_threads(torch.get_num_threads())
        index = KINDS[kind].build(table)
        return cls(index, kind, KINDS[kind].efforts(index)[0])

    @property
    def items(self) -> int:
        """The number of items V."""
        return int(self.index.ntotal)

    @property
    def dim(self) -> int:
        """The number of dimensions D."""
        return int(self.index.d)

    def efforts(self) -> list["ItemIndex"]:
        """The same index with each effort that is worth trying, in rising order."""
        efforts = KINDS[self.kind].efforts(self.index)
        return [attrs.evolve(self, effort=effort) for effort in efforts]

    def nearest(self, queries: Tensor, k: int) -> Tensor:
        """Item ids (B, k), best first, for hidden states (B, D); -1 where it has no more."""
        return self.search(queries, k).items

    def search(self, queries: Tensor, k: int) -> Nearest:
        """The same, with the scores that the index has, which need not be exact."""
        faiss.omp_set_num_threads(torch.get_num_threads())
        k = min(k, self.items)
        scores, items = self.index.search(
            queries.detach().to("cpu", torch.float32).contiguous().numpy(),
            k,
            params=KINDS[self.kind].parameters(self.index, self.effort, k),
        )
        return Nearest(torch.from_numpy(items), torch.from_numpy(scores))
