"""Negatives for the whole batch."""

from typing import Any

import torch
from seqrec_library_kernels.negative_draws import UniformDraws, device_of
from torch import Tensor, nn


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
        self.out_feature_name = out_feature_name
        self.draws = UniformDraws(cardinality, num_negative_samples, sample_distribution, generator)

    def forward(self, batch: dict[str, Any]) -> dict[str, Any]:
        """The batch and its negatives, on the device of its first tensor."""
        return {**batch, self.out_feature_name: self.draws.draw().to(device_of(batch))}

    def generators(self) -> tuple[torch.Generator, ...]:
        """Its generator; none where it draws from torch's own."""
        return self.draws.generators()
