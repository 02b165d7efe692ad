"""An exponential moving average of the weights, which is what gets validated and kept."""

from collections.abc import Callable, Sequence
from typing import Any

import lightning
from lightning.pytorch.callbacks import WeightAveraging
from torch import Tensor
from torch.optim.swa_utils import get_ema_multi_avg_fn

from seqrec_trainer_lightning.lightning_internals import leave_average, swap_average

Update = Callable[[Sequence[Tensor], Sequence[Tensor], Tensor | int], None]


class AverageWeights(WeightAveraging):
    """Averages the weights after each step; validation and whatever is kept then see the average.

    Lightning gives training its own weights back before `on_validation_end`, where the best ones
    are kept; this callback does so in `on_validation_end`, and must stand behind those that keep.
    Training ends, and is interrupted, with the average in the model. Buffers are not averaged.
    Each step reads and writes all weights, whether or not their gradients are row-sparse.

    Source: Polyak and Juditsky, "Acceleration of stochastic approximation by averaging", 1992.
    """

    def __init__(self, decay: float) -> None:
        super().__init__(use_buffers=False, multi_avg_fn=moving_average(decay))

    def on_validation_epoch_end(self, *_: Any) -> None:
        """Leaves the average where it is."""

    def on_validation_end(
        self, trainer: lightning.Trainer, pl_module: lightning.LightningModule
    ) -> None:
        """Gives training its own weights back."""
        swap_average(self, pl_module)

    def on_exception(
        self,
        trainer: lightning.Trainer,
        pl_module: lightning.LightningModule,
        exception: BaseException,
    ) -> None:
        """Leaves the average in the model."""
        leave_average(self, pl_module)


def moving_average(decay: float) -> Update:
    """The update of an average by the weights after n steps, with a decay that grows to `decay`.

    It is (1 + n) / (10 + n) until then, so that the first weights, drawn at random, are soon
    forgotten.
    """

    def update(average: Sequence[Tensor], weights: Sequence[Tensor], n: Tensor | int) -> None:
        grown = min(decay, (1 + int(n)) / (10 + int(n)))
        get_ema_multi_avg_fn(grown)(average, weights, n)

    return update
