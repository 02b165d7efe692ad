"""Negatives of several samplers at once."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Self

import torch
from seqrec_library_kernels.draw_frequency import KnowsFrequency
from torch import Generator, Tensor, nn

from seqrec_core.contracts import DrawsNumbers, SamplerProto

__all__ = ["MixedSampler"]


class MixedSampler(nn.Module):
    """Puts together what several samplers draw: all of it, so each part's N is its share.

    Sets for the batch (N,) and sets a user (B, N) or a position (B, L, N) may stand together; the
    result has the most dimensions of any. Items of the batch beside items of the catalogue are
    what Yang et al., "Mixed Negative Sampling", WWW 2020, train two-tower models with. There are
    `cardinality` items.
    """

    def __init__(self, cardinality: int, parts: Sequence[SamplerProto]) -> None:
        super().__init__()
        self.cardinality = cardinality
        self.parts = tuple(parts)

    @classmethod
    def from_spec(
        cls, cardinality: int, parts: Sequence[SamplerProto], generator: Generator
    ) -> Self:
        """A sampler whose parts draw numbers of their own each.

        All generators of a recipe begin alike, so that two parts of one kind would draw the same.
        """
        mixed = cls(cardinality, parts)
        for own in mixed.generators():
            own.manual_seed(int(torch.randint(2**62, (), generator=generator)))
        return mixed

    def forward(self, batch: Mapping[str, Any]) -> Tensor:
        """Negatives (N,), (B, N) or (B, L, N), those of the first part first.

        Raises ValueError where parts draw for different numbers of sets, such as users and groups.
        """
        drawn = [part(batch) for part in self.parts]
        leading = max((items.shape[:-1] for items in drawn), key=len)
        for part, items in zip(self.parts, drawn, strict=True):
            if items.shape[:-1] != leading[: items.dim() - 1]:
                raise ValueError(
                    f"{type(part).__name__} draws sets {tuple(items.shape[:-1])}, and another part "
                    f"of the mixture {tuple(leading)}; let all draw for the batch, or for the same "
                    "users"
                )
        return torch.cat([_spread(items, leading) for items in drawn], -1)

    def log_frequency(self, items: Tensor, batch: Mapping[str, Any]) -> Tensor | None:
        """See `KnowsFrequency`: the parts' counts added up; None where one part does not know."""
        total = torch.full(items.shape, -torch.inf, device=items.device)
        for part in self.parts:
            logs = part.log_frequency(items, batch) if isinstance(part, KnowsFrequency) else None
            if logs is None:
                return None
            total = torch.logaddexp(total, logs)
        return total.where((items >= 0) & (items < self.cardinality), 0.0)

    def generators(self) -> Iterable[Generator]:
        """Those of its parts, in order."""
        drawing = [part for part in self.parts if isinstance(part, DrawsNumbers)]
        return [generator for part in drawing for generator in part.generators()]


def _spread(items: Tensor, leading: torch.Size) -> Tensor:
    """The items with these dimensions in front: each of their sets for all that share it."""
    while items.dim() <= len(leading):
        items = items.unsqueeze(-2)
    return items.expand(*leading, items.size(-1))
