"""Scaled dot-product attention whose dropout leaves a CPU fast."""

import math
from functools import partial

import torch
from torch import Tensor
from torch.nn import functional as F

from seqrec_library_kernels.attention_scores import by_users
from seqrec_library_kernels.dropout import dropout

__all__ = ["softmax_attention"]


def softmax_attention(
    query: Tensor, key: Tensor, value: Tensor, mask: Tensor, drop: float
) -> Tensor:
    """softmax(query key^T / sqrt(d) + mask) value, (B, H, Q, d), weights dropped by `drop`.

    query is (B, H, Q, d), key and value (B, H, K, d), the mask (B, 1 or H, Q, K). The fused kernel
    computes it, except where dropout would keep a CPU off it.

    Source: Vaswani et al., "Attention Is All You Need", arXiv:1706.03762, eq. 1.
    """
    if drop and query.device.type == "cpu" and not torch.compiler.is_compiling():
        return by_users(partial(_with_dropout, drop=drop), query, key, value, mask)
    return F.scaled_dot_product_attention(query, key, value, mask, dropout_p=drop)


def _with_dropout(query: Tensor, key: Tensor, value: Tensor, mask: Tensor, drop: float) -> Tensor:
    scores = torch.matmul(query / math.sqrt(query.size(-1)), key.mT).add_(mask)
    return torch.matmul(dropout(scores.softmax(-1), drop), value)
