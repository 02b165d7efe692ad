"""Negatives for the whole batch."""

from typing import Any

import torch
from torch import Tensor, nn

from seqrec_transform_negatives.sampling import (
    WeightedSampler,
    by_multinomial,
    check_weights,
    distinct_uniform,
    prefers_multinomial,
)


class UniformNegativeSamplingTransform(nn.Module):
    """Draws `num_negative_samples` distinct items for each batch, as negatives (N,).

    All `cardinality` items weigh alike, or as `sample_distribution` (V,) says. Up to 4,096 items,
    and for more than a quarter of the catalogue, draws are those of `torch.multinomial`, so
    that a seed gives what it gives in the reference. Beyond that they are a stream of our own
    with the same distribution, which costs about N instead of V and takes any V.
    """

    def __init__(
        self,
        cardinality: int,
        num_negative_samples: int,
        *,
        out_feature_name: str = "negative_labels",
        sample_distribution: Tensor | None = None,
        generator: torch.Generator | None = None,
    ):
        super().__init__()
        if not 0 < num_negative_samples < cardinality:
            raise ValueError(
                f"num_negative_samples is {num_negative_samples}; it must lie in "
                f"1..{cardinality - 1}, as {cardinality} items are drawn from"
            )
        self.cardinality = cardinality
        self.num_negative_samples = num_negative_samples
        self.out_feature_name = out_feature_name
        self.generator = generator
        self.weights: Tensor | None = None
        self.sampler: WeightedSampler | None = None
        uses_multinomial = prefers_multinomial(cardinality, num_negative_samples)
        if sample_distribution is not None:
            _check_size(sample_distribution, cardinality)
            check_weights(sample_distribution, num_negative_samples)
            if not uses_multinomial:
                self.sampler = WeightedSampler(sample_distribution[None], num_negative_samples)
        if uses_multinomial:
            weights = (
                torch.ones(cardinality) if sample_distribution is None else sample_distribution
            )
            self.weights = weights.float()

    def forward(self, batch: dict[str, Any]) -> dict[str, Any]:
        """The batch and its negatives, on the device of its first tensor."""
        return {**batch, self.out_feature_name: self._draw().to(_device(batch))}

    def generators(self) -> tuple[torch.Generator, ...]:
        """Its generator; none where it draws from torch's own."""
        return () if self.generator is None else (self.generator,)

    def _draw(self) -> Tensor:
        """Distinct items (N,), on the CPU."""
        if self.weights is not None:
            return by_multinomial(self.weights, self.num_negative_samples, self.generator)
        if self.sampler is not None:
            return self.sampler.sample(torch.zeros(1, dtype=torch.int64), self.generator)[0]
        return distinct_uniform(self.cardinality, self.num_negative_samples, self.generator)


def _check_size(distribution: Tensor, cardinality: int) -> None:
    """Raises ValueError unless the distribution has one weight an item."""
    if distribution.shape != (cardinality,):
        raise ValueError(
            f"sample_distribution has shape {tuple(distribution.shape)}; it must have one weight "
            f"for each of the {cardinality} items"
        )


def _device(batch: dict[str, Any]) -> torch.device:
    """The device of the first tensor of a batch, which may have groups; the CPU without any."""
    for value in batch.values():
        return value.device if isinstance(value, Tensor) else _device(value)
    return torch.device("cpu")
