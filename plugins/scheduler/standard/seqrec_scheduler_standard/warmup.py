"""A learning rate that rises to its full value."""

from typing import Any

from torch.optim import Optimizer
from torch.optim.lr_scheduler import LinearLR


class WarmupFactory:
    """Raises the learning rate linearly over the first `warmup_steps` steps, then keeps it.

    The first step of the optimiser has `start_factor` of the full rate.
    """

    def __init__(self, warmup_steps: int = 1000, start_factor: float = 0.01) -> None:
        self.warmup_steps = warmup_steps
        self.start_factor = start_factor

    def create(self, optimizer: Optimizer) -> dict[str, Any]:
        """The schedule of this optimiser, which moves at every step."""
        schedule = LinearLR(
            optimizer, start_factor=self.start_factor, total_iters=self.warmup_steps
        )
        return {"scheduler": schedule, "interval": "step", "frequency": 1}
