"""Negatives among the targets of a batch."""

from collections.abc import Iterable

import torch
from seqrec_core.contracts import Batch
from torch import Generator, Tensor, nn

__all__ = ["Targets"]


class Targets(nn.Module):
    """Draws from what the users of a batch chose next, as often as they chose it."""

    def __init__(self, num_negatives: int, generator: Generator):
        super().__init__()
        self.num_negatives = num_negatives
        self.generator = generator

    def forward(self, batch: Batch) -> Tensor:
        """Item ids (N,) for all users; target_padding_mask (B, L, P) is True at targets."""
        chosen: Tensor = batch["positive_labels"][batch["target_padding_mask"]]  # (M,)
        if not len(chosen):
            return chosen.new_zeros(self.num_negatives)  # nothing is compared with them
        rows = torch.randint(len(chosen), (self.num_negatives,), generator=self.generator)
        return chosen[rows.to(chosen.device)]

    def generators(self) -> Iterable[Generator]:
        """What it draws from, so that a run can be resumed."""
        return (self.generator,)
