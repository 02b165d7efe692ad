"""Negatives of a class that each row names."""

import torch
from torch import Tensor, nn

from seqrec_transform_negatives.sampling import (
    WeightedSampler,
    by_multinomial,
    check_weights,
    prefers_multinomial,
)


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
        if sample_mask.ndim != 2:
            raise ValueError(f"sample_mask has shape {tuple(sample_mask.shape)}; it must be (C, V)")
        num_classes, cardinality = sample_mask.shape
        if not 0 < num_negative_samples < cardinality:
            raise ValueError(
                f"num_negative_samples is {num_negative_samples}; it must lie in "
                f"1..{cardinality - 1}, as {cardinality} items are drawn from"
            )
        check_weights(sample_mask, num_negative_samples)
        self.num_classes = num_classes
        self.num_negative_samples = num_negative_samples
        self.negative_selector_name = negative_selector_name
        self.out_feature_name = out_feature_name
        self.generator = generator
        self.weights: Tensor | None = None
        if prefers_multinomial(cardinality, num_negative_samples):
            self.weights = sample_mask.float()
        else:
            self.sampler = WeightedSampler(sample_mask, num_negative_samples)

    def forward(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        """The batch and its negatives; ValueError for a selector that is no class."""
        selector = batch[self.negative_selector_name]
        classes = selector.cpu()
        if selector.ndim != 1 or bool(((classes < 0) | (classes >= self.num_classes)).any()):
            raise ValueError(
                f"{self.negative_selector_name!r} must be (B,) with classes "
                f"0..{self.num_classes - 1}, got shape {tuple(selector.shape)}: {classes.tolist()}"
            )
        return {**batch, self.out_feature_name: self._draw(classes).to(selector.device)}

    def generators(self) -> tuple[torch.Generator, ...]:
        """Its generator; none where it draws from torch's own."""
        return () if self.generator is None else (self.generator,)

    def _draw(self, classes: Tensor) -> Tensor:
        """Negatives (B, N) for rows of these classes (B,), drawn once a class."""
        if self.weights is not None:
            return by_multinomial(self.weights, self.num_negative_samples, self.generator)[classes]
        distinct, rows = torch.unique(classes, return_inverse=True)
        return self.sampler.sample(distinct, self.generator)[rows]
