"""A learned bias of attention for each distance of places."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

__all__ = ["RelativePosition"]


class RelativePosition(nn.Module):
    """Adds table[h, i - j] to the score of query i and key j in head h.

    Distances are those from -(M - 1) to M - 1 for sequences of M = `max_sequence_length` events;
    what is farther counts as the farthest.

    Source: Zhai et al., "Actions Speak Louder than Words", arXiv:2402.17152, section 3.3, where it
    is rab^p; the form is that of T5 (Raffel et al., arXiv:1910.10683, section 2.1) with a bucket a
    distance. Deviations: each head has numbers of its own, as in T5, and all blocks share them.
    """

    def __init__(self, num_heads: int, max_sequence_length: int):
        super().__init__()
        self.table = nn.Parameter(torch.empty(num_heads, 2 * max_sequence_length - 1))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draws small normal numbers, as the authors' code does."""
        nn.init.normal_(self.table, std=0.02)

    def forward(
        self,
        queries: Tensor,
        keys: Tensor,
        feature_tensors: Mapping[str, Tensor],
        padding_mask: Tensor,
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Queries and keys (B, H, L, d) as they are, and the bias (1, H, L, L).

        Features and mask do not matter.
        """
        places = torch.arange(queries.size(-2), device=queries.device)
        farthest = self.table.size(1) // 2
        distances = (places[:, None] - places).clamp(-farthest, farthest) + farthest
        return queries, keys, self.table[:, distances][None]
