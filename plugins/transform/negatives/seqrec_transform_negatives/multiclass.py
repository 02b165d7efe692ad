"""Negatives of a class that each row names."""

import torch
from seqrec_library_kernels.negative_draws import ClassDraws
from torch import Tensor, nn


class MultiClassNegativeSamplingTransform(nn.Module):
    """Draws distinct items of each class and gives every row those of its class, (B, N).

    `sample_mask` (C, V) holds the weight of each item in each of C classes, 0 for none. The
    column `negative_selector_name` (B,) of the batch says which class is a row's. Rows of one
    class share their negatives. Draws are those of `torch.multinomial` up to 4,096 items, and
    beyond that a stream of our own, as in UniformNegativeSamplingTransform.
    """

    def __init__(
        self,
        num_negative_samples: int,
        sample_mask: Tensor,
        *,
        negative_selector_name: str = "negative_selector",
        out_feature_name: str = "negative_labels",
        generator: torch.Generator | None = None,
    ):
        super().__init__()
        self.out_feature_name = out_feature_name
        self.draws = ClassDraws(
            sample_mask, num_negative_samples, negative_selector_name, generator
        )

    def forward(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        """The batch and its negatives; ValueError for a selector that is no class."""
        return {**batch, self.out_feature_name: self.draws.draw(batch)}

    def generators(self) -> tuple[torch.Generator, ...]:
        """Its generator; none where it draws from torch's own."""
        return self.draws.generators()
