"""Half a cosine, after a rise."""

import math
from typing import Any

from torch.optim import Optimizer

from seqrec_scheduler_annealed.whole_training import WholeTraining

__all__ = ["CosineFactory"]


class CosineFactory:
    """Cosine annealing without restarts (Loshchilov and Hutter, arXiv:1608.03983, eq. 5).

    Step s of N, from 0, has the share (s + 1) / W of the full rate while s < W, the steps of the
    rise; then E + (1 - E) (1 + cos(pi (s - W) / (N - W))) / 2, and E after the end.
    """

    def __init__(
        self, warmup: float = 0.05, end_factor: float = 0.0, num_steps: int | None = None
    ) -> None:
        self.end_factor = end_factor
        self._training = WholeTraining("cosine", self._factor, warmup, num_steps)

    def create(self, optimizer: Optimizer) -> dict[str, Any]:
        """The schedule where nobody knows how long training is: after the rise the rate stays."""
        return self._training.over(optimizer, None)

    def create_for_steps(self, optimizer: Optimizer, num_steps: int) -> dict[str, Any]:
        """The schedule for a training of so many steps."""
        return self._training.over(optimizer, num_steps)

    def _factor(self, step: int, rise: int, steps: int | None) -> float:
        if step < rise:
            return (step + 1) / rise
        if steps is None:
            return 1.0
        way = min((step - rise) / max(steps - rise, 1), 1.0)
        return self.end_factor + (1 - self.end_factor) * (1 + math.cos(math.pi * way)) / 2
