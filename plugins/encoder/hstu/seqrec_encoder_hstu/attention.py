"""Pointwise attention: SiLU instead of softmax.

Letters in shapes: B users, H heads, L positions, Q positions that ask, d size of a head.
"""

from functools import partial

import torch
from seqrec_library_kernels.attention_scores import by_users
from torch import Tensor
from torch.nn import functional as F

__all__ = ["pointwise_attention"]


def pointwise_attention(
    queries: Tensor, keys: Tensor, values: Tensor, mask: Tensor, bias: Tensor | None
) -> Tensor:
    """silu(queries keys^T + bias) values, (B, H, Q, d), over the pairs that the mask keeps.

    queries are (B, H, Q, d), keys and values (B, H, L, d). The mask, (B, 1 or H, Q, L), is 0
    where a pair is kept and -inf where it is dropped; a dropped pair weighs exactly 0, and so
    does one whose bias (B or 1, H or 1, Q, L) is -inf.
    """
    mask = _finite(mask)
    if bias is None:
        return by_users(_attend, queries, keys, values, mask)
    bias = _finite(bias.to(queries.dtype))
    if bias.size(0) == 1:  # shared by all users, whose scores take it while in the cache
        return by_users(partial(_attend, bias=bias), queries, keys, values, mask)
    return by_users(_attend, queries, keys, values, mask + bias)


def _attend(
    queries: Tensor, keys: Tensor, values: Tensor, mask: Tensor, bias: Tensor | None = None
) -> Tensor:
    scores = torch.matmul(queries, keys.mT).add_(mask)
    if bias is not None:
        scores.add_(bias)
    return torch.matmul(F.silu(scores), values)


def _finite(addend: Tensor) -> Tensor:
    """-inf as a number so low that its SiLU is 0, where that of -inf would be not a number.

    A mask, a bias and a score together stay finite.
    """
    return addend.clamp(min=torch.finfo(addend.dtype).min / 4)
