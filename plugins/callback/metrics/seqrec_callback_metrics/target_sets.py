"""Sets of items of each user, as rows of ids.

Letters in shapes: B users, K items, P true items, S items of a set.
"""

import torch
from torch import Tensor

__all__ = ["NO_TARGET", "contains", "distinct_targets"]

NO_TARGET = -2  # no item, and not the -1 of a missing recommendation


def distinct_targets(ids: Tensor, catalogue: int) -> Tensor:
    """True items (B, P), sorted; NO_TARGET for repeated ones and outside 0..catalogue - 1."""
    ordered = ids.reshape(len(ids), -1).sort(1).values
    gone = (ordered < 0) | (ordered >= catalogue)
    gone[:, 1:] |= ordered[:, 1:] == ordered[:, :-1]
    return ordered.masked_fill(gone, NO_TARGET)


def contains(sets: Tensor, items: Tensor) -> Tensor:
    """True where an item (B, K) is in its user's set (B, S)."""
    equal = items.unsqueeze(2) == sets.unsqueeze(1)
    # twice as fast as any(), which has to be asked about sets without places
    return equal.view(torch.uint8).amax(2).bool() if sets.shape[1] else equal.any(2)
