"""Numbers of a table for all pairs of times, without holding the pairs.

A batch has B * L * L pairs; in int64 and float64 these fill memory a dozen times over, for a few
operations each. On a CPU a few users at a time go through all of them, in the cache, and what is
kept for backward is a byte a pair. Compiled graphs and other devices take all users at once.

Letters in shapes: B users, n of them at a time, L positions, H heads, K numbers a head.
"""

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

__all__ = ["bucketed_bias", "time_buckets"]

_WIDTH = 0.301
"""Of a bucket, in natural logarithms of seconds; as in the code of HSTU."""
_PAIR_BYTES = 1 << 20
"""Bytes of differences to hold at once: about what a core's caches take."""


def bucketed_bias(table: Tensor, asked: Tensor, times: Tensor) -> Tensor:
    """The bias (B, H, L, L), table (H, K) at the bucket of asked[b, i] - times[b, j]."""
    if times.device.type != "cpu" or torch.compiler.is_compiling():
        return _looked_up(table, time_buckets(asked, times, table.size(1) - 1))
    bias: Tensor = _BucketedBias.apply(table, asked, times)  # type: ignore[no-untyped-call]
    return bias


def time_buckets(asked: Tensor, times: Tensor, last: int) -> Tensor:
    """Buckets (B, L, L) in int64, from 0 to `last`, of asked (B, L) minus times (B, L)."""
    exact = torch.float32 if times.device.type == "mps" else torch.float64  # mps has no float64
    pairs = (asked[:, :, None] - times[:, None, :]).abs_().clamp_(min=1)
    buckets: Tensor = pairs.to(exact).log_().div_(_WIDTH).clamp_(max=last).to(torch.int64)
    return buckets


def _looked_up(table: Tensor, buckets: Tensor) -> Tensor:
    """Table (H, K) at buckets (n, L, L), as (n, H, L, L); a user's own row makes sums short."""
    exact = table.to(torch.promote_types(table.dtype, torch.float32))  # sums in half stand still
    rows = exact.expand(buckets.shape[0], *table.shape)
    flat = rows.gather(2, _for_each_head(buckets, table.size(0))).to(table.dtype)
    return flat.view(buckets.shape[0], table.size(0), *buckets.shape[1:])


def _for_each_head(buckets: Tensor, heads: int) -> Tensor:
    """(n, L, L) -> (n, H, L * L), heads alike."""
    return buckets.flatten(1)[:, None].expand(-1, heads, -1)


class _BucketedBias(torch.autograd.Function):
    """`_looked_up` for a few users at a time, in both directions."""

    @staticmethod
    def forward(ctx: Any, table: Tensor, asked: Tensor, times: Tensor) -> Tensor:
        (heads, size), (users, length) = table.shape, times.shape
        bias = table.new_empty(users, heads, length, length)
        kept = torch.empty(users, length, length, dtype=torch.uint8)
        for part in _parts(users, length):
            buckets = time_buckets(asked[part], times[part], size - 1)
            kept[part] = buckets
            bias[part] = _looked_up(table, buckets)
        ctx.save_for_backward(kept, table)
        return bias

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None]:
        kept, table = ctx.saved_tensors
        exact = torch.promote_types(table.dtype, torch.float32)
        sums = gradient.new_zeros(len(kept), *table.shape, dtype=exact)
        for part in _parts(*kept.shape[:2]):
            index = _for_each_head(kept[part].to(torch.int64), table.size(0))
            sums[part].scatter_add_(2, index, gradient[part].flatten(2).to(exact))
        return sums.sum(0).to(table.dtype), None, None


def _parts(users: int, length: int) -> Iterator[slice]:
    """A few users at a time."""
    step = max(1, _PAIR_BYTES // max(1, 8 * length * length))
    for start in range(0, users, step):
        yield slice(start, start + step)
