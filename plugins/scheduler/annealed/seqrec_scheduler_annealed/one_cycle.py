"""Up along half a cosine, down along another."""

import math
from typing import Any

from torch.optim import Optimizer

from seqrec_scheduler_annealed.whole_training import WholeTraining

__all__ = ["OneCycleFactory"]


class OneCycleFactory:
    """The one-cycle policy (Smith and Topin, arXiv:1708.07120), in two parts.

    The rate goes from `start_factor` of the full one, at the first step, to all of it at step W,
    the steps of the rise, and to `end_factor` at the last one: each time along half a cosine, as
    `torch.optim.lr_scheduler.OneCycleLR` has it, where the paper draws straight lines. Momentum
    stays as it is: Adam's second moment does what its cycle is for.
    """

    def __init__(
        self,
        warmup: float = 0.3,
        start_factor: float = 0.04,
        end_factor: float = 4e-6,
        num_steps: int | None = None,
    ) -> None:
        self.start_factor = start_factor
        self.end_factor = end_factor
        self._training = WholeTraining("one_cycle", self._factor, warmup, num_steps)

    def create(self, optimizer: Optimizer) -> dict[str, Any]:
        """The schedule where nobody knows how long training is: after the rise the rate stays."""
        return self._training.over(optimizer, None)

    def create_for_steps(self, optimizer: Optimizer, num_steps: int) -> dict[str, Any]:
        """The schedule for a training of so many steps."""
        return self._training.over(optimizer, num_steps)

    def _factor(self, step: int, rise: int, steps: int | None) -> float:
        top = max(rise - 1, 0)  # the step of the full rate
        if step < top:
            return _between(self.start_factor, 1.0, step / top)
        if steps is None:
            return 1.0
        return _between(1.0, self.end_factor, min((step - top) / max(steps - 1 - top, 1), 1.0))


def _between(start: float, end: float, way: float) -> float:
    """A number between two, along half a cosine; `way` goes from 0 to 1."""
    return end + (start - end) * (1 + math.cos(math.pi * way)) / 2
