"""Negatives by popularity, with replacement."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import torch
from seqrec_library_kernels.draw_frequency import log_frequency_of
from seqrec_library_kernels.item_weights import read_weights
from seqrec_library_kernels.negative_draws import device_of
from seqrec_library_kernels.sampling import IndependentDraws
from torch import Generator, Tensor, nn

from seqrec_sampler_weighted.item_counts import checked_counts

__all__ = ["PopularitySampler"]


class PopularitySampler(nn.Module):
    """Draws items with replacement, in proportion to (count + `smoothing`) to the power `alpha`.

    `counts` (V,) are the events of each item; one whose sum is 0 is never drawn, whatever `alpha`.
    There is one set (N,) for the batch, or with `per_user` one a user, (B, N). A draw is a binary
    search in a table of float64: its cost is about N, not V. The power .75 is that of Mikolov et
    al., NeurIPS 2013, arXiv:1310.4546, section 2.2.
    """

    def __init__(
        self,
        counts: Tensor,
        num_negative_samples: int = 100,
        *,
        alpha: float = 0.75,
        smoothing: float = 0.0,
        per_user: bool = False,
        generator: Generator | None = None,
    ) -> None:
        super().__init__()
        self.count = num_negative_samples
        self.per_user = per_user
        self.generator = generator
        smoothed = counts.double() + smoothing
        weights = torch.where(smoothed > 0, smoothed / smoothed.max(), 0.0).pow(alpha)
        weights = weights.where(smoothed > 0, 0.0)
        self.draws = IndependentDraws(weights)
        self.logs = (weights / weights.sum() * num_negative_samples).log().float()

    @classmethod
    def from_spec(
        cls,
        cardinality: int,
        num_negative_samples: int,
        alpha: float,
        counts: str,
        smoothing: float,
        per_user: bool,
        generator: Generator | None,
        data_dir: Path | None,
    ) -> Self:
        """A sampler whose counts are a column with a number an item.

        Raises ValueError for a column of other numbers, and for one without a single event.
        """
        events = checked_counts(read_weights(data_dir, counts), cardinality, counts, smoothing)
        return cls(
            events,
            num_negative_samples,
            alpha=alpha,
            smoothing=smoothing,
            per_user=per_user,
            generator=generator,
        )

    def forward(self, batch: Mapping[str, Any]) -> Tensor:
        """Negatives (N,) or (B, N), on the device of the batch."""
        users = (len(batch["positive_labels"]),) if self.per_user else ()
        return self.draws.sample((*users, self.count), self.generator).to(device_of(batch))

    def log_frequency(self, items: Tensor, batch: Mapping[str, Any]) -> Tensor:
        """See `KnowsFrequency`: N times the probability of each; -inf for one that is not drawn."""
        self.logs = self.logs.to(items.device)
        return log_frequency_of(self.logs, items)

    def generators(self) -> tuple[Generator, ...]:
        """Its generator; none where it draws from torch's own."""
        return () if self.generator is None else (self.generator,)
