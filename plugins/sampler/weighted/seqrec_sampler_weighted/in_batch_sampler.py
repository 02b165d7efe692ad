"""Negatives that are the targets of others."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import torch
from seqrec_library_kernels.draw_frequency import log_frequency_of
from seqrec_library_kernels.item_weights import read_weights
from torch import Generator, Tensor, nn

from seqrec_sampler_weighted.item_counts import checked_counts

__all__ = ["InBatchSampler"]


class InBatchSampler(nn.Module):
    """Takes the M targets of a batch, each as often as it stands there, as negatives (M,).

    With `num_negative_samples` it takes so many of them, drawn without replacement, or all if there
    are no more. A position's own target is no negative of it: losses leave it out. `counts` (V,)
    are the events of each item, which tell how often it is a target; without them that is unknown.
    An item without events that is a target all the same counts as the rarest that has some.
    """

    def __init__(
        self,
        num_negative_samples: int | None = None,
        *,
        counts: Tensor | None = None,
        generator: Generator | None = None,
    ) -> None:
        super().__init__()
        self.count = num_negative_samples
        self.generator = generator
        self.logs = None
        if counts is not None:
            shares = counts / counts.sum()
            self.logs = shares.clamp(min=shares[shares > 0].min()).log().float()

    @classmethod
    def from_spec(
        cls,
        cardinality: int,
        num_negative_samples: int | None,
        counts: str | None,
        generator: Generator | None,
        data_dir: Path | None,
    ) -> Self:
        """A sampler whose counts, if any, are a column with a number an item."""
        events = read_weights(data_dir, counts)
        if counts is not None:
            events = checked_counts(events, cardinality, counts)
        return cls(num_negative_samples, counts=events, generator=generator)

    def forward(self, batch: Mapping[str, Any]) -> Tensor:
        """Negatives (N,), on the device of the batch; without any target, one that nobody gets."""
        targets = _targets(batch)
        if not len(targets):
            return targets.new_zeros(1)
        if self.count is None or self.count >= len(targets):
            return targets
        places = torch.randperm(len(targets), generator=self.generator)[: self.count]
        return targets[places.to(targets.device)]

    def log_frequency(self, items: Tensor, batch: Mapping[str, Any]) -> Tensor | None:
        """See `KnowsFrequency`: N (M - 1) / M times the item's share of all events.

        A position is compared with the targets of the M - 1 others, each of which is the item with
        the probability that any event is. None without counts.
        """
        if self.logs is None:
            return None
        self.logs = self.logs.to(items.device)
        targets = len(_targets(batch))
        count = targets if self.count is None else min(self.count, targets)
        expected = count * (targets - 1) / targets if targets > 1 else 1.0
        return log_frequency_of(self.logs, items, math.log(expected))

    def generators(self) -> tuple[Generator, ...]:
        """Its generator; none where it draws from torch's own."""
        return () if self.generator is None else (self.generator,)


def _targets(batch: Mapping[str, Any]) -> Tensor:
    """The labels (M,) of a batch that count."""
    targets: Tensor = batch["positive_labels"][batch["target_padding_mask"]]
    return targets
