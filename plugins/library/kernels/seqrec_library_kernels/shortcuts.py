"""Whether a shortcut to the logits of a model gives what its whole `forward` gives.

A subclass that changes `forward` inherits the shortcuts of its base, which no longer fit: its
items would be ranked otherwise than it says, silently.

Letters in shapes: B users, V items.
"""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from seqrec_core.errors import SeqrecError

__all__ = ["ShortcutError", "check_agreement", "first_rows", "rows_to_compare"]

_MOST_ROWS = 16
_MOST_LOGITS = 2**22
_COLUMNS = 2**18  # compared at a time
_TOLERANCE = {torch.float64: 1e-7, torch.float32: 1e-3}
_COARSE = 0.05  # of half precision


class ShortcutError(SeqrecError):
    """The shortcuts of a model do not fit its `forward`."""


def rows_to_compare(users: int, items: int) -> int:
    """How many users of a batch are enough to compare, and their logits not too many."""
    return min(users, _MOST_ROWS, max(_MOST_LOGITS // max(items, 1), 1))


def first_rows(columns: Mapping[str, Any], users: int, rows: int) -> dict[str, Any]:
    """The columns of the first users: of tensors (B, ...), also in mappings, the first rows."""
    cut: dict[str, Any] = {}
    for name, value in columns.items():
        if isinstance(value, Mapping):
            cut[name] = first_rows(value, users, rows)
        elif isinstance(value, Tensor) and value.dim() and value.size(0) == users:
            cut[name] = value[:rows]
        else:
            cut[name] = value
    return cut


def check_agreement(model: object, shortcut: Tensor, forward: Tensor) -> None:
    """Raises ShortcutError where logits (B, V) differ by more than rounding.

    The difference counts in relation to the largest finite logit; places where both are
    infinite, or no number, are equal.
    """
    name = type(model).__name__
    if shortcut.shape != forward.shape:
        difference = f"logits of shape {tuple(shortcut.shape)} and {tuple(forward.shape)}"
    else:
        gap, scale = _gap(shortcut.detach(), forward.detach())
        if gap <= _tolerance(shortcut, forward) * scale:
            return
        difference = f"logits that differ by up to {gap:.3g}, where the largest is {scale:.3g}"
    raise ShortcutError(
        f"{name} computes the last position by itself, and its whole forward answers otherwise: "
        f"{difference}; let last_hidden_state, or forward_last of its encoder, return None, or "
        "make it and scorer match forward"
    )


def _gap(left: Tensor, right: Tensor) -> tuple[float, float]:
    """The largest difference, infinite where only one is finite, and the largest finite value.

    Some columns at a time: of ten million logits each copy would be felt.
    """
    parts = zip(left.split(_COLUMNS, -1), right.split(_COLUMNS, -1), strict=True)
    each_part = [_gap_of(*(part.double() for part in pair)) for pair in parts if pair[0].numel()]
    return max((gap for gap, _ in each_part), default=0.0), max(
        (size for _, size in each_part), default=0.0
    )


def _gap_of(left: Tensor, right: Tensor) -> tuple[float, float]:
    same = (left == right) | (left.isnan() & right.isnan())
    gaps = (left - right).abs().nan_to_num(nan=torch.inf, posinf=torch.inf).masked_fill(same, 0)
    sizes = torch.where(right.isfinite(), right.abs(), 0)
    return float(gaps.max()), float(sizes.max())


def _tolerance(left: Tensor, right: Tensor) -> float:
    """What rounding may change in relation to the largest logit."""
    device = left.device.type
    if torch.is_autocast_enabled(device):
        return _COARSE
    return max(_TOLERANCE.get(logits.dtype, _COARSE) for logits in (left, right))
