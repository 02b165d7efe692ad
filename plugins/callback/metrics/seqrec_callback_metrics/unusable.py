"""How much of an evaluation could not be used as it is: true items, users.

Letters in shapes: B users, P true items, L positions.
"""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from seqrec_callback_metrics.target_sets import NO_TARGET

__all__ = ["Unusable"]

PADDING = (-1, NO_TARGET)


class Unusable:
    """Counts what the data lacks; nothing here waits for the device.

    A row that has neither history nor true items is padding, of a process without rows left.
    """

    def __init__(self, device: torch.device) -> None:
        self._counts = torch.zeros(3, device=device, dtype=torch.int64)

    def add(self, truth: Tensor, targets: Tensor, catalogue: int, mask: Tensor | None) -> None:
        """Adds the true items (B, P) of a batch, and those that count (B, P).

        The padding mask (B, L) is True where there is history.
        """
        outside = (truth < 0) | (truth > catalogue)  # the size of the catalogue pads, too
        for value in PADDING:
            outside = outside & (truth != value)
        judged = (targets != NO_TARGET).any(1)
        known = torch.ones_like(judged)
        if mask is not None and mask.dim() == 2 and len(mask) == len(known):
            known = mask.any(1).to(known.device)
        self._counts += torch.stack(
            [outside.sum(), (~judged & known).sum(), (judged & ~known).sum()]
        )

    def merge(self, total: Callable[[Tensor], Tensor]) -> None:
        """Adds up all processes: `total` sums a tensor over them."""
        self._counts = total(self._counts)

    def counts(self) -> tuple[int, int, int]:
        """Numbers of true items outside the catalogue, of users without any, without history."""
        outside, without_truth, without_history = self._counts.tolist()
        return outside, without_truth, without_history

    def lines(self, judged: int, column: str) -> Iterator[str]:
        """What to tell a person where `judged` users have true items."""
        outside, without_truth, without_history = self.counts()
        if outside:
            yield (
                f"{outside:,} true items are none of the catalogue and were left out; number the "
                f"items of the column {column!r} as those of the training are"
            )
        if without_truth:
            yield (
                f"{without_truth:,} users have no true item in the column {column!r} and were "
                f"left out; the metrics are of the other {judged:,}"
            )
        if without_history:
            yield (
                f"{without_history:,} of {judged:,} users have no history, so that nothing is "
                "known of them; leave them out of the data, unless that is wanted"
            )
