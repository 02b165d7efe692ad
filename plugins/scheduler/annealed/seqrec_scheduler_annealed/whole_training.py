"""A schedule of factors that depend on the step, the steps of the rise and those of the training.

Steps are of the optimiser, whose number a trainer knows: with batches accumulated, and of all
processes together. A training that goes on from a checkpoint for longer than was planned goes on
along the schedule of its new length.
"""

from collections.abc import Callable
from typing import Any

from torch.optim import Optimizer
from torch.optim.lr_scheduler import LambdaLR

from seqrec_core.errors import SeqrecError

__all__ = ["WholeTraining"]

UNKNOWN = 10_000  # steps that a share is of, where nobody knows how many there are

Factor = Callable[[int, int, int | None], float]  # of the step from 0, the rise, the training


class WholeTraining:
    """Makes schedules of one kind, told the number of steps or not.

    `factor(step, rise, steps)` is the share of the full rate at a step, counted from 0.
    """

    def __init__(self, name: str, factor: Factor, warmup: float, num_steps: int | None) -> None:
        if warmup < 0 or (warmup > 1 and warmup % 1):
            raise ValueError(f"warmup is {warmup}; give a share below 1, or whole steps")
        self.name = name
        self.factor = factor
        self.warmup = warmup
        self.num_steps = num_steps

    def over(self, optimizer: Optimizer, num_steps: int | None) -> dict[str, Any]:
        """The schedule for so many steps; None where nobody knows.

        Raises SeqrecError for a rise that is no shorter than the training.
        """
        steps = self.num_steps or num_steps
        if steps is None:
            from seqrec_core.terminal import echo

            echo(
                f"{self.name}: nobody knows how many steps this training has, so the learning rate "
                f"never falls to its end, and a share is of {UNKNOWN:,}: set "
                "trainer.scheduler.num_steps",
                error=True,
            )
        rise = self.rise(steps or UNKNOWN)
        if steps is not None and rise >= max(steps, 2):
            raise SeqrecError(
                f"trainer.scheduler.warmup is {rise:,} steps, of a training of {steps:,}: choose "
                "fewer, or a share such as 0.1"
            )

        def factor(step: int) -> float:  # a plain function: checkpoints do not hold its numbers
            return self.factor(step, rise, steps)

        return {"scheduler": LambdaLR(optimizer, factor), "interval": "step", "frequency": 1}

    def rise(self, steps: int) -> int:
        """The steps of the rise, in a training of so many."""
        return round(self.warmup * steps) if self.warmup < 1 else int(self.warmup)
