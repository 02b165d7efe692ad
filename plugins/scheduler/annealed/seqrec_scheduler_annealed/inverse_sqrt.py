"""A rise, then a fall with the square root of the steps."""

import math
from typing import Any

from torch.optim import Optimizer

from seqrec_scheduler_annealed.whole_training import WholeTraining

__all__ = ["InverseSqrtFactory"]


class InverseSqrtFactory:
    """The schedule of the transformer (Vaswani et al., arXiv:1706.03762, eq. 3).

    Step s, from 0, has the share min((s + 1) / W, sqrt(W / (s + 1))) of the full rate; W are the
    steps of the rise. The equation's factor d ** -0.5 W ** -0.5 is the optimiser's own rate here.
    """

    def __init__(self, warmup: float = 0.1, num_steps: int | None = None) -> None:
        self._training = WholeTraining("inverse_sqrt", _factor, warmup, num_steps)

    def create(self, optimizer: Optimizer) -> dict[str, Any]:
        """The schedule where nobody knows how long training is."""
        return self._training.over(optimizer, None)

    def create_for_steps(self, optimizer: Optimizer, num_steps: int) -> dict[str, Any]:
        """The schedule for a training of so many steps, which only a share needs to know."""
        return self._training.over(optimizer, num_steps)


def _factor(step: int, rise: int, steps: int | None) -> float:
    top = max(rise, 1)
    return min((step + 1) / top, math.sqrt(top / (step + 1)))
