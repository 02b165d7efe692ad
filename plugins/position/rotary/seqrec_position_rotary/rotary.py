"""Rotary positions."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

__all__ = ["Rotary"]


class Rotary(nn.Module):
    """Turns pairs of dimensions of queries and keys by angles that grow with the place.

    The product of a query at place m and a key at place n then depends on m - n alone. Pair i of
    r / 2 turns by m * base^(-2i / r); `share` of a head's dimensions are the r that turn, the rest
    stays. Angles are computed in float32 at least, whatever the dtype of queries and keys.

    Source: Su et al., "RoFormer: Enhanced Transformer with Rotary Position Embedding",
    arXiv:2104.09864, equations 15 and 34. Deviation: a pair is (i, i + r / 2), not two neighbours,
    which orders dimensions otherwise; projections learn any order.
    """

    def __init__(self, base: float = 10000.0, share: float = 1.0):
        super().__init__()
        self.base = base
        self.share = share

    def forward(
        self,
        queries: Tensor,
        keys: Tensor,
        feature_tensors: Mapping[str, Tensor],
        padding_mask: Tensor,
    ) -> tuple[Tensor, Tensor, None]:
        """Queries and keys (B, H, L, d), turned; nothing is added to scores.

        Features and mask do not matter. Raises ValueError where heads are too small for a pair.
        """
        cos, sin = self._tables(queries)
        return _turned(queries, cos, sin), _turned(keys, cos, sin), None

    def _tables(self, queries: Tensor) -> tuple[Tensor, Tensor]:
        """Cosines and sines (L, r / 2): the last place is 0, those before it are negative."""
        length, dim = queries.shape[-2:]
        pairs = int(dim * self.share) // 2
        if not pairs:
            raise ValueError(
                f"share {self.share} of heads of size {dim} is less than a pair of dimensions; "
                "give a larger share, or fewer heads"
            )
        exact = torch.promote_types(queries.dtype, torch.float32)
        steps = torch.arange(pairs, device=queries.device, dtype=exact)
        places = torch.arange(1 - length, 1, device=queries.device, dtype=exact)
        angles = places[:, None] * self.base ** (-steps / pairs)
        return angles.cos(), angles.sin()


def _turned(heads: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Heads (B, H, L, d) whose first r dimensions are turned, in their own dtype."""
    pairs = cos.size(-1)
    first, second = heads[..., :pairs], heads[..., pairs : 2 * pairs]
    parts = [first * cos - second * sin, second * cos + first * sin]
    return torch.cat([*(part.to(heads.dtype) for part in parts), heads[..., 2 * pairs :]], -1)
