"""Negatives of a class that each row names."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from seqrec_library_kernels.item_weights import read_class_mask
from seqrec_library_kernels.negative_draws import ClassDraws
from torch import Generator, Tensor, nn

__all__ = ["MultiClassSampler"]


class MultiClassSampler(nn.Module):
    """Draws distinct items of each class and gives every row those of its class, (B, N).

    `sample_mask` (C, V) holds the weight of each item in each of C classes, 0 for none. The
    column `negative_selector_name` (B,) of the batch says which class is a row's. Rows of one
    class share their negatives. Draws are as UniformSampler's.
    """

    def __init__(
        self,
        num_negative_samples: int,
        sample_mask: Tensor,
        *,
        negative_selector_name: str = "negative_selector",
        generator: Generator | None = None,
    ) -> None:
        super().__init__()
        self.draws = ClassDraws(
            sample_mask, num_negative_samples, negative_selector_name, generator
        )

    @classmethod
    def from_spec(
        cls,
        cardinality: int,
        num_negative_samples: int,
        sample_mask: str,
        negative_selector_name: str,
        generator: Generator | None,
        data_dir: Path | None,
    ) -> Self:
        """A sampler whose classes are a column with the class, or list of classes, of each item.

        Raises ValueError for a column that has not `cardinality` rows, or no classes.
        """
        return cls(
            num_negative_samples,
            read_class_mask(data_dir, sample_mask, cardinality),
            negative_selector_name=negative_selector_name,
            generator=generator,
        )

    def forward(self, batch: Mapping[str, Any]) -> Tensor:
        """Negatives (B, N) on the selector's device; ValueError for a selector that is no class."""
        return self.draws.draw(batch)

    def log_frequency(self, items: Tensor, batch: Mapping[str, Any]) -> Tensor | None:
        """See `KnowsFrequency`: N of the items of its class, for items (B, ...) of each row.

        None for a class whose items do not weigh alike.
        """
        return self.draws.log_frequency(items, batch)

    def generators(self) -> tuple[Generator, ...]:
        """Its generator; none where it draws from torch's own."""
        return self.draws.generators()
