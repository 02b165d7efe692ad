"""A learning rate of two heights: one while training warms up, another afterwards."""

import warnings
from typing import Any, Literal

from torch.optim import Optimizer
from torch.optim.lr_scheduler import LambdaLR


class LambdaLRSchedulerFactory:
    """Multiplies the learning rate by `warmup_lr` at first, by `normal_lr` from then on.

    The change comes after `warmup_steps` of what `update_interval` says: epochs, or optimiser
    steps. Raises ValueError for a factor that is not positive; warns where the rate rises.
    """

    def __init__(
        self,
        warmup_steps: int,
        warmup_lr: float = 1.0,
        normal_lr: float = 0.1,
        update_interval: Literal["epoch", "step"] = "epoch",
    ) -> None:
        if warmup_steps < 0:
            raise ValueError(f"warmup_steps is {warmup_steps}; give 0 or more")
        if min(warmup_lr, normal_lr) <= 0:
            raise ValueError(
                f"warmup_lr is {warmup_lr} and normal_lr {normal_lr}; both must be above 0"
            )
        if update_interval not in ("epoch", "step"):
            raise ValueError(f"update_interval is {update_interval!r}; choose 'epoch' or 'step'")
        if normal_lr >= warmup_lr:
            warnings.warn(
                f"normal_lr {normal_lr} is not below warmup_lr {warmup_lr}; are they swapped?",
                stacklevel=2,
            )
        self.warmup_steps = warmup_steps
        self.warmup_lr = warmup_lr
        self.normal_lr = normal_lr
        self.update_interval = update_interval

    def create(self, optimizer: Optimizer) -> dict[str, Any]:
        """The schedule of this optimiser, and when it moves."""
        schedule = LambdaLR(optimizer, self.lr_lambda)
        return {"scheduler": schedule, "interval": self.update_interval, "frequency": 1}

    def lr_lambda(self, current_step: int) -> float:
        """The factor of the learning rate after so many epochs or steps."""
        return self.warmup_lr if current_step < self.warmup_steps else self.normal_lr
