"""Negatives for each group of users of a batch."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import torch
from seqrec_library_kernels.item_weights import read_weights
from torch import Generator, Tensor, nn

from seqrec_sampler_standard.uniform_sampler import UniformSampler

__all__ = ["GroupedUniformSampler"]


class GroupedUniformSampler(nn.Module):
    """Draws distinct items anew for each `group_size` users of a batch, as negatives (G, N).

    Several small batches, packed into one, so keep negatives of their own; the last group may be
    smaller. Losses over groups take them. Each group's are a draw of `UniformSampler`, one after
    the other, so that a seed gives what it gives in the GroupedUniformNegativeSamplingTransform of
    the reference; where some weights are 0, other draws of the same distribution.

    Raises ValueError for a group below 1, and for as many negatives as items, or more.
    """

    def __init__(
        self,
        cardinality: int,
        num_negative_samples: int | None = None,
        group_size: int = 128,
        *,
        sample_distribution: Tensor | None = None,
        generator: Generator | None = None,
    ) -> None:
        super().__init__()
        if group_size < 1:
            raise ValueError(f"group_size is {group_size}; a group has at least 1 user")
        self.group_size = group_size
        self.sampler = UniformSampler(
            cardinality,
            num_negative_samples,
            sample_distribution=sample_distribution,
            generator=generator,
        )

    @classmethod
    def from_spec(
        cls,
        cardinality: int,
        num_negative_samples: int | None,
        group_size: int,
        sample_distribution: str | None,
        generator: Generator | None,
        data_dir: Path | None,
    ) -> Self:
        """A sampler whose distribution, if any, is a column with one weight per item."""
        weights = read_weights(data_dir, sample_distribution)
        return cls(
            cardinality,
            num_negative_samples,
            group_size,
            sample_distribution=weights,
            generator=generator,
        )

    def forward(self, batch: Mapping[str, Any]) -> Tensor:
        """Negatives (G, N) of a batch with `positive_labels` (B, L, P), on its device.

        Raises ValueError for a batch without users.
        """
        users = len(batch["positive_labels"])
        if not users:
            raise ValueError(
                "the batch has no users, so there is no group to draw for; leave it out"
            )
        groups = range(-(-users // self.group_size))
        return torch.stack([self.sampler(batch) for _ in groups])

    def log_frequency(self, items: Tensor, batch: Mapping[str, Any]) -> Tensor | None:
        """See `KnowsFrequency`: N / V, in every group; None for weights, as `UniformSampler`."""
        return self.sampler.log_frequency(items, batch)

    def generators(self) -> tuple[Generator, ...]:
        """Its generator; none where it draws from torch's own."""
        return self.sampler.generators()
