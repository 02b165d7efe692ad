"""Negatives for the whole batch."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from seqrec_library_kernels.item_weights import read_weights
from seqrec_library_kernels.negative_draws import UniformDraws, device_of
from torch import Generator, Tensor, nn

__all__ = ["UniformSampler"]

NEGATIVES = 100
"""Negatives a batch by default, where the catalogue has more items."""


class UniformSampler(nn.Module):
    """Draws distinct items for each batch, as negatives (N,).

    N is `num_negative_samples`, by default 100 or, of fewer items, all but one. All `cardinality`
    items weigh alike, or as `sample_distribution` (V,) says. A seed gives what it gives in the
    reference's UniformNegativeSamplingTransform, up to 4,096 items and for more than a quarter of
    the catalogue; beyond that draws have the same distribution, at a cost of about N.

    Raises ValueError for as many negatives as items, or more.
    """

    def __init__(
        self,
        cardinality: int,
        num_negative_samples: int | None = None,
        *,
        sample_distribution: Tensor | None = None,
        generator: Generator | None = None,
    ) -> None:
        super().__init__()
        count = num_negative_samples
        count = min(NEGATIVES, cardinality - 1) if count is None else count
        self.draws = UniformDraws(cardinality, count, sample_distribution, generator)

    @classmethod
    def from_spec(
        cls,
        cardinality: int,
        num_negative_samples: int | None,
        sample_distribution: str | None,
        generator: Generator | None,
        data_dir: Path | None,
    ) -> Self:
        """A sampler whose distribution, if any, is a column with one weight per item."""
        weights = read_weights(data_dir, sample_distribution)
        return cls(
            cardinality, num_negative_samples, sample_distribution=weights, generator=generator
        )

    def forward(self, batch: Mapping[str, Any]) -> Tensor:
        """Negatives (N,), on the device of the batch."""
        return self.draws.draw().to(device_of(batch))

    def log_frequency(self, items: Tensor, batch: Mapping[str, Any]) -> Tensor | None:
        """See `KnowsFrequency`: N / V; None for weights, whose distinct draws have no formula."""
        return self.draws.log_frequency(items)

    def generators(self) -> tuple[Generator, ...]:
        """Its generator; none where it draws from torch's own."""
        return self.draws.generators()
