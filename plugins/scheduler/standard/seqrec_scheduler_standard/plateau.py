"""A learning rate that falls when a metric gets no better."""

from typing import Any, Literal

from torch.optim import Optimizer
from torch.optim.lr_scheduler import ReduceLROnPlateau


class ReduceLROnPlateauFactory:
    """Multiplies the learning rate by `factor` after `patience` + 1 looks without improvement.

    It looks at the metric `monitor`, by `mode` the "max" or the "min" of which is best, at the end
    of every `frequency`-th epoch, in which there has to be a validation if the metric is one of it.
    """

    def __init__(
        self,
        monitor: str = "ndcg@10",
        mode: Literal["max", "min"] = "max",
        factor: float = 0.1,
        patience: int = 10,
        frequency: int = 1,
    ) -> None:
        if not 0 < factor < 1:
            raise ValueError(f"factor is {factor}; it must be above 0 and below 1")
        if mode not in ("max", "min"):
            raise ValueError(f"mode is {mode!r}; choose 'max' or 'min'")
        if patience < 0 or frequency < 1:
            raise ValueError(
                f"patience is {patience} and frequency {frequency}; they must be at least 0 and 1"
            )
        self.monitor = monitor
        self.mode = mode
        self.factor = factor
        self.patience = patience
        self.frequency = frequency

    def create(self, optimizer: Optimizer) -> dict[str, Any]:
        """The schedule of this optimiser, when it moves, and the metric that it looks at."""
        schedule = ReduceLROnPlateau(
            optimizer, mode=self.mode, factor=self.factor, patience=self.patience
        )
        return {
            "scheduler": schedule,
            "interval": "epoch",
            "frequency": self.frequency,
            "monitor": self.monitor,
        }
