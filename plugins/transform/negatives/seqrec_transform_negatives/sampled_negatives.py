"""Negatives of the model's own sampler."""

from collections.abc import Iterable, Mapping
from typing import Any

from seqrec_library_kernels.draw_frequency import KnowsFrequency
from torch import Generator, Tensor, nn

from seqrec_core.contracts import DrawsNumbers, SamplerProto

__all__ = ["SampledNegatives"]


class SampledNegatives(nn.Module):
    """Adds what a sampler draws for a batch, (N,), (B, N) or (B, L, N), as `negative_labels`.

    For losses over G groups of users, (G, N). `negatives` is the sampler; a spec has it in the
    model. With `logq`, the logarithms of how often an item is expected among them stand beside:
    `negative_logq`, and `positive_logq` (B, L, P) of the positives. Raises ValueError for no
    sampler, and for one that cannot tell them.
    """

    def __init__(self, negatives: SamplerProto | None, logq: bool = False) -> None:
        super().__init__()
        if negatives is None:
            raise ValueError(
                "the model has no sampler: model.negatives is null. Give it one, such as "
                "uniform, or remove this transform"
            )
        self.sampler = negatives
        self.logq = logq

    def forward(self, batch: Mapping[str, Any]) -> dict[str, Any]:
        """The batch and its negatives."""
        items = self.sampler(batch)
        output = {**batch, "negative_labels": items}
        if self.logq:
            positives = batch["positive_labels"]
            output["negative_logq"] = self._log_frequency(items, batch)
            output["positive_logq"] = self._log_frequency(positives, batch)
        return output

    def _log_frequency(self, items: Tensor, batch: Mapping[str, Any]) -> Tensor:
        sampler = self.sampler
        known = sampler.log_frequency(items, batch) if isinstance(sampler, KnowsFrequency) else None
        if known is None:
            raise ValueError(
                f"the loss corrects for how often negatives are drawn, and "
                f"{type(sampler).__name__} cannot tell that; choose another model.negatives, such "
                "as popularity, or set model.loss.logq to none"
            )
        return known

    def generators(self) -> Iterable[Generator]:
        """Those that the sampler draws from."""
        return self.sampler.generators() if isinstance(self.sampler, DrawsNumbers) else ()
