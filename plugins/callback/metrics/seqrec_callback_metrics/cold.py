"""Metrics of targets that nobody has chosen in the training data.

Letters in shapes: B users, P targets, V items.
"""

from collections.abc import Callable, Sequence

import torch
from seqrec_library_kernels.ranking import TopItems
from torch import Tensor

from seqrec_callback_metrics.tally import MetricTally
from seqrec_callback_metrics.target_sets import NO_TARGET

__all__ = ["NOT_COLD", "ColdTally"]

NOT_COLD = ("novelty", "coverage")
"""Metrics that are not about targets."""


class ColdTally:
    """Metrics of the targets without training events, as if they were a user's only ones.

    `train_counts` (V,) are the training events of each item. The whole catalogue is ranked, as for
    the others; users without such a target are left out.
    """

    def __init__(
        self,
        train_counts: Tensor,
        metrics: Sequence[str],
        ks: Sequence[int],
        device: torch.device,
    ) -> None:
        self._is_cold = train_counts.to(device) == 0
        self._tally = MetricTally([m for m in metrics if m not in NOT_COLD], ks, device)

    def add(self, top: TopItems, targets: Tensor, train: Tensor | None) -> None:
        """Adds a batch: its best items, `distinct_targets` (B, P) and train items (B, T).

        Raises ValueError for a target beyond the counts.
        """
        real = targets != NO_TARGET
        cold = self._is_cold[targets.masked_fill(~real, 0).long()] & real
        self._tally.add(top, targets.masked_fill(~cold, NO_TARGET), train)

    def merge(self, total: Callable[[Tensor], Tensor]) -> None:
        """Adds up all processes: `total` sums a tensor over them."""
        self._tally.merge(total)

    def compute(self) -> dict[str, float]:
        """Values by name, such as "cold_recall@10"; NaN where nobody had a cold target."""
        return {f"cold_{name}": value for name, value in self._tally.compute().items()}
