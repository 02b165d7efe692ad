"""Negatives of the model's own sampler."""

from collections.abc import Iterable, Mapping
from typing import Any

from torch import Generator, nn

from seqrec_core.contracts import DrawsNumbers, SamplerProto

__all__ = ["SampledNegatives"]


class SampledNegatives(nn.Module):
    """Adds what a sampler draws for a batch, (N,), (B, N) or (B, L, N), as `negative_labels`.

    `negatives` is the sampler; a spec has it in the model. Raises ValueError for None.
    """

    def __init__(self, negatives: SamplerProto | None) -> None:
        super().__init__()
        if negatives is None:
            raise ValueError(
                "the model has no sampler: model.negatives is null. Give it one, such as "
                "uniform, or remove this transform"
            )
        self.sampler = negatives

    def forward(self, batch: Mapping[str, Any]) -> dict[str, Any]:
        """The batch and its negatives."""
        return {**batch, "negative_labels": self.sampler(batch)}

    def generators(self) -> Iterable[Generator]:
        """Those that the sampler draws from."""
        return self.sampler.generators() if isinstance(self.sampler, DrawsNumbers) else ()
