"""What attention layers share: one mask shape, and scores that stay in the cache.

Letters in shapes: B users, H heads, L positions, Q positions that ask, K positions that answer,
d dim of a head.
"""

from collections.abc import Callable

import torch
from torch import Tensor

__all__ = ["SCORE_BYTES", "by_users", "per_head_mask"]

SCORE_BYTES = 4 << 20
"""Bytes of attention scores to hold at once: about what a core's caches take."""


def per_head_mask(attention_mask: Tensor, query: Tensor) -> Tensor:
    """The mask as (B, H, L, L) or (B, 1, L, L), in the dtype of query (B, H, Q, d).

    The mask is 0 where a pair is kept and -inf where it is dropped; (B*H, L, L) is accepted too.
    Raises ValueError when it is no float mask or does not fit the query.
    """
    users, heads = query.shape[:2]
    shape = tuple(attention_mask.shape)
    if not attention_mask.is_floating_point():
        raise ValueError(
            f"attention_mask is {attention_mask.dtype}, whose numbers would be added to scores; "
            "give a float mask, 0 where a pair is kept and -inf where it is dropped"
        )
    if len(shape) == 3 and shape[0] == users * heads:
        attention_mask = attention_mask.unflatten(0, (users, heads))
    elif len(shape) != 4 or shape[0] != users or shape[1] not in (1, heads):
        raise ValueError(
            f"attention_mask of shape {shape} does not fit {users} users and {heads} heads; "
            "give (B*H, L, L), (B, H, L, L) or (B, 1, L, L)"
        )
    return attention_mask.to(query.dtype)


def by_users(
    attend: Callable[[Tensor, Tensor, Tensor, Tensor], Tensor],
    query: Tensor,
    key: Tensor,
    value: Tensor,
    mask: Tensor,
) -> Tensor:
    """`attend(query, key, value, mask)`, on a CPU for a few users at a time.

    All arguments have the users in front: (B, H, Q, d), twice (B, H, K, d), (B, 1 or H, Q, K).
    The result is the same; the scores (B, H, Q, K) of a long batch are never written to memory
    and read back. Compiled graphs and other devices take all users at once.
    """
    users = query.size(0)
    if query.device.type != "cpu" or torch.compiler.is_compiling():
        return attend(query, key, value, mask)
    scores_of_one = query.size(1) * query.size(2) * key.size(2) * query.element_size()
    at_once = max(1, SCORE_BYTES // max(1, scores_of_one))
    if at_once >= users:
        return attend(query, key, value, mask)
    parts = zip(*(tensor.split(at_once) for tensor in (query, key, value, mask)), strict=True)
    return torch.cat([attend(*part) for part in parts])
