"""Events that happened at the same time have no order; training can see a new one each epoch."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Indices = NDArray[np.int64]


def shuffled_ties(offsets: Indices, times: NDArray[Any], rng: np.random.Generator) -> Indices:
    """Positions of all elements, those of neighbours with equal times in random order.

    List i is the part `offsets[i]:offsets[i + 1]` of the elements; nothing leaves its list.
    """
    begins = np.ones(len(times), bool)
    begins[1:] = times[1:] != times[:-1]
    begins[offsets[offsets < len(times)]] = True
    tied = np.flatnonzero(~begins | ~np.append(begins[1:], True))
    order = np.arange(len(times))
    run = np.cumsum(begins)[tied]
    order[tied] = tied[np.argsort(run + rng.random(len(tied)))]
    return order
