"""A learned bias of attention for the time between two events."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from seqrec_core.errors import DataError
from seqrec_position_relative.bucket_table import bucketed_bias

__all__ = ["RelativeTime"]


class RelativeTime(nn.Module):
    """Adds table[h, bucket(a_i - t_j)] to the score of query i and key j in head h.

    t_j is the time of event j and a_i, without `request_time`, t_i. With it, a_i is the time at
    which the recommendation after event i is asked for: t_(i+1), and `request_time` at the last
    position. bucket(x) = min(floor(ln(max(1, |x|)) / 0.301), num_buckets), so there are
    num_buckets + 1 numbers a head. Differences are those of whole numbers, exact.

    Source: Zhai et al., "Actions Speak Louder than Words", arXiv:2402.17152, section 3.3, where it
    is rab^t, with the buckets of the authors' code, which is always told a_i = t_(i+1).
    Deviations: each head has numbers of its own, and all blocks share them.
    """

    def __init__(
        self,
        num_heads: int,
        num_buckets: int = 128,
        timestamp: str = "timestamp",
        request_time: str | None = None,
    ):
        super().__init__()
        self.timestamp = timestamp
        self.request_time = request_time
        self.table = nn.Parameter(torch.empty(num_heads, num_buckets + 1))
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
        """Queries and keys (B, H, L, d) as they are, and the bias (B, H, L, L).

        `timestamp` is (B, L), `request_time` (B,); what padding holds does not reach real events.
        Raises DataError for a feature that is missing, or whose numbers are too coarse for times.
        """
        times = _times(feature_tensors, self.timestamp)
        asked = times
        if self.request_time is not None:
            last = _times(feature_tensors, self.request_time).to(times.dtype)
            asked = torch.cat([times[:, 1:], last.reshape(-1, 1)], 1)
        return queries, keys, bucketed_bias(self.table, asked, times)


def _times(feature_tensors: Mapping[str, Tensor], name: str) -> Tensor:
    """A feature of times: whole numbers, or float64, which holds them too."""
    times = feature_tensors.get(name)
    if times is None:
        raise DataError(
            f"relative_time reads the feature {name!r}, which is not among those of the batch, "
            f"{sorted(feature_tensors)}; prepare the data with its times, or name another feature"
        )
    if times.is_floating_point() and times.dtype != torch.float64:
        raise DataError(
            f"the feature {name!r} holds {times.dtype}, too coarse for seconds since 1970; store "
            "it as whole numbers"
        )
    return times
