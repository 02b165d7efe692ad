"""What each ranking metric says about one user, at several cut-offs at once.

A target's rank is the number of items that score at least as high as it does, itself included: a
tie counts against the model, and one that scores all items alike gets 0. Without ties a rank is
the place in the list.

Letters in shapes: B users, K places (the largest cut-off), k cut-offs.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType

import torch
from torch import Tensor

__all__ = ["FORMULAS", "RankedUsers"]


@dataclass(frozen=True)
class RankedUsers:
    """The recommendations of a batch beside what its users really chose.

    `hits` (B, K) is 1 where a place holds a target, `ranks` (B, K) its rank, `novel` (B, K) 1
    where it holds an item that is not among the user's train items, `targets` (B, 1) their number
    of distinct targets, `ks` (k,) the cut-offs, `ideal_dcg` (K,) the DCG of 1, 2, … targets at the
    top.
    """

    hits: Tensor
    ranks: Tensor
    novel: Tensor
    targets: Tensor
    ks: Tensor
    ideal_dcg: Tensor

    def total(self, gains: Tensor) -> Tensor:
        """Sums gains (B, K) over the places whose rank is within each cut-off: (B, k)."""
        return (gains.unsqueeze(1) @ self._within).squeeze(1)

    @cached_property
    def _within(self) -> Tensor:
        """1 where a place's rank is within a cut-off (B, K, k)."""
        return (self.ranks.unsqueeze(2) <= self.ks).to(self.hits.dtype)

    @cached_property
    def first_hit(self) -> Tensor:
        """The hits (B, K) without all but the first one of each user."""
        return self.hits * (self.hits.cumsum(1) == 1)

    @property
    def reachable(self) -> Tensor:
        """How many targets a list of each length could hold at most (B, k)."""
        return torch.minimum(self.targets, self.ks)


def recall(users: RankedUsers) -> Tensor:
    """Share of the targets that are in the list."""
    return users.total(users.hits) / users.targets


def precision(users: RankedUsers) -> Tensor:
    """Share of the k places that hold a target."""
    return users.total(users.hits) / users.ks


def ndcg(users: RankedUsers) -> Tensor:
    """Gains 1 / log2(rank + 1) of the hits, over those of the best possible list."""
    gains = users.total(users.hits / torch.log2(users.ranks + 1))
    return gains / users.ideal_dcg[users.reachable - 1]


def mean_average_precision(users: RankedUsers) -> Tensor:
    """Precision at each hit, summed, over the number of targets the list could hold."""
    return users.total(users.hits * users.hits.cumsum(1) / users.ranks) / users.reachable


def mrr(users: RankedUsers) -> Tensor:
    """Reciprocal rank of the first hit, 0 without one."""
    return users.total(users.first_hit / users.ranks)


def hitrate(users: RankedUsers) -> Tensor:
    """Whether the list holds any target."""
    return users.total(users.first_hit)


def novelty(users: RankedUsers) -> Tensor:
    """Share of the k places that hold an item the user does not have in train."""
    return users.novel.cumsum(1)[:, users.ks - 1] / users.ks


FORMULAS: Mapping[str, Callable[[RankedUsers], Tensor]] = MappingProxyType(
    {
        "recall": recall,
        "precision": precision,
        "ndcg": ndcg,
        "map": mean_average_precision,
        "mrr": mrr,
        "hitrate": hitrate,
        "novelty": novelty,
    }
)
