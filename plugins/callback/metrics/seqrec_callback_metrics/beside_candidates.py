"""How many true items are not among the candidates that are ranked.

Letters in shapes: B users, P targets, C candidates.
"""

from collections.abc import Callable

import torch
from seqrec_library_kernels.ranking import item_columns
from torch import Tensor

from seqrec_callback_metrics.target_sets import NO_TARGET

__all__ = ["BesideCandidates"]


class BesideCandidates:
    """Counts targets and those beside the candidates; nothing here waits for the device."""

    def __init__(self, device: torch.device) -> None:
        self._counts = torch.zeros(2, device=device, dtype=torch.int64)

    def add(self, targets: Tensor, candidates: Tensor | None) -> None:
        """Adds targets (B, P); candidates are (C,) or (B, C), and all items for None."""
        real = targets != NO_TARGET
        beside = torch.zeros_like(real)
        if candidates is not None:
            columns = candidates.shape[-1]
            beside = real & (item_columns(targets, columns, candidates) == columns)
        self._counts += torch.stack([beside.sum(), real.sum()])

    def merge(self, total: Callable[[Tensor], Tensor]) -> None:
        """Adds up all processes: `total` sums a tensor over them."""
        self._counts = total(self._counts)

    def counts(self) -> tuple[int, int]:
        """Numbers of targets beside the candidates, and of all."""
        beside, every = self._counts.tolist()
        return beside, every
