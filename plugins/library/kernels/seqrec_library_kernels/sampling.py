"""Distinct draws: K different items, one after the other, each by the weights that remain.

That is what `torch.multinomial` without replacement gives, in time and memory proportional to
the catalogue V. Here items are drawn with replacement and repetitions rejected: the first K
different ones have the same distribution, order included, for a cost of about K draws. Where
few items hold nearly all the weight, repetitions would never end; after a number of draws that
costs as much as one pass over the items, the rest is drawn in such a pass, by exponential
clocks (Efraimidis and Spirakis, 2006), again with the same distribution. `IndependentDraws` alone
may draw an item twice.
"""

import numpy as np
import torch
from torch import Generator, Tensor

SMALL_CATALOGUE = 4096
_MULTINOMIAL_LIMIT = 2**24
_ITEMS_PER_DRAW = 16  # a pass over so many items takes as long as one draw


def prefers_multinomial(num_items: int, count: int) -> bool:
    """Whether one pass over the catalogue is the cheaper, or the expected, way to draw."""
    return num_items <= SMALL_CATALOGUE or count > num_items // 4


def by_multinomial(weights: Tensor, count: int, generator: Generator | None) -> Tensor:
    """`count` distinct items of each row of weights ([R,] V), for any V."""
    if weights.shape[-1] <= _MULTINOMIAL_LIMIT:
        return torch.multinomial(weights, count, replacement=False, generator=generator)
    return _by_clocks(weights, count, generator)


def distinct_uniform(num_items: int, count: int, generator: Generator | None) -> Tensor:
    """`count` distinct items (count,) of 0..num_items-1, all alike."""
    draws = torch.empty(1, 0, dtype=torch.int64)
    while True:
        more = torch.randint(num_items, (1, count + count // 8 + 8), generator=generator)
        draws = torch.cat((draws, more), 1)
        is_first, num_distinct = _first_occurrences(draws)
        if int(num_distinct) >= count:
            return draws[is_first][:count]


class WeightedSampler:
    """Draws distinct items of R rows of weights (R, V), of which it keeps those above 0.

    Raises ValueError for weights that are negative or not finite, and for a row with fewer than
    `count` items. A draw is a binary search in one table in float64; row r owns (r, r + 1] of it.
    """

    def __init__(self, weights: Tensor, count: int):
        check_weights(weights, count)
        self.count = count
        rows, self.items = weights.nonzero(as_tuple=True)
        self.weights = weights[rows, self.items].double()
        sizes = torch.bincount(rows, minlength=len(weights))
        self.ends = sizes.cumsum(0)
        self.starts = self.ends - sizes
        sums = [part.cumsum(0) for part in torch.split(self.weights, sizes.tolist())]
        self.table = torch.cat([row + part / part[-1] for row, part in enumerate(sums)]).numpy()
        self.budget = max(8 * count, len(self.items) // len(weights) // _ITEMS_PER_DRAW)

    def sample(self, rows: Tensor, generator: Generator | None) -> Tensor:
        """Items (len(rows), count) of these rows of weights, drawn independently."""
        draws = self._draw(rows, 2 * self.count, generator)
        while True:
            is_first, num_distinct = _first_occurrences(draws)
            if bool((num_distinct >= self.count).all()):
                is_sample = is_first & (is_first.cumsum(1) <= self.count)
                return self.items[draws[is_sample]].view(len(rows), self.count)
            if draws.shape[1] >= self.budget:
                different = [
                    d[first][: self.count] for d, first in zip(draws, is_first, strict=True)
                ]
                pairs = zip(rows, different, strict=True)
                return torch.stack([self._completed(row, d, generator) for row, d in pairs])
            draws = torch.cat((draws, self._draw(rows, draws.shape[1], generator)), 1)

    def _draw(self, rows: Tensor, size: int, generator: Generator | None) -> Tensor:
        """Positions in `items` (len(rows), size), with replacement."""
        uniform = torch.rand(len(rows), size, generator=generator, dtype=torch.float64)
        keys = (uniform + rows[:, None]).numpy()
        # torch.searchsorted wakes all threads for this: 80 times slower on a busy machine.
        positions = torch.from_numpy(np.searchsorted(self.table, keys, side="right"))
        return positions.clamp(self.starts[rows, None], self.ends[rows, None] - 1)

    def _completed(self, row: Tensor, drawn: Tensor, generator: Generator | None) -> Tensor:
        """The items at the positions drawn, and as many more of the row as are missing."""
        missing = self.count - len(drawn)
        if missing:
            start, end = self.starts[row], self.ends[row]
            left = self.weights[start:end].clone()
            left[drawn - start] = 0
            drawn = torch.cat((drawn, _by_clocks(left, missing, generator) + start))
        return self.items[drawn]


class IndependentDraws:
    """Draws items of weights (V,) with replacement, of which it keeps those above 0.

    A draw is a binary search in a table of float64.
    """

    def __init__(self, weights: Tensor):
        self.items = weights.nonzero().squeeze(1)
        self.table = weights[self.items].double().cumsum(0).numpy()

    def sample(self, shape: tuple[int, ...], generator: Generator | None) -> Tensor:
        """Items of this shape, on the CPU."""
        keys = torch.rand(shape, generator=generator, dtype=torch.float64).numpy()
        # A key below 1 times the sum is below the sum, rounded or not: some entry is above it.
        positions = np.searchsorted(self.table, keys * self.table[-1], side="right")
        return self.items[torch.from_numpy(positions)]


def check_weights(weights: Tensor, count: int) -> None:
    """Raises ValueError unless each row (V,) of weights can give `count` distinct items."""
    if not bool((weights.isfinite() & (weights >= 0)).all()):
        raise ValueError("weights must be finite and not negative")
    members = (weights > 0).sum(-1).reshape(-1)
    if bool((members < count).any()):
        row = int((members < count).nonzero()[0])
        raise ValueError(
            f"row {row} of the weights has {int(members[row])} items above 0; "
            f"drawing {count} distinct ones needs at least as many"
        )


def _first_occurrences(draws: Tensor) -> tuple[Tensor, Tensor]:
    """Which of the draws (R, M) were not drawn before in their row, and their number (R,)."""
    ordered, order = draws.sort(dim=1, stable=True)
    is_new = torch.ones_like(ordered, dtype=torch.bool)
    is_new[:, 1:] = ordered[:, 1:] != ordered[:, :-1]
    return torch.empty_like(is_new).scatter_(1, order, is_new), is_new.sum(1)


def _by_clocks(weights: Tensor, count: int, generator: Generator | None) -> Tensor:
    """`count` distinct items ([R,] count): those whose exponential clocks ring first."""
    clocks = torch.empty_like(weights, dtype=torch.float64).exponential_(generator=generator)
    return (clocks / weights).topk(count, largest=False).indices
