"""Shorter sequences: the last positions of longer ones."""

from collections.abc import Iterable

import torch
from torch import Tensor, nn

from seqrec_core.batch import column


class TrimTransform(nn.Module):
    """Keeps the last `seq_len` positions of the named columns (B, L, ...)."""

    def __init__(self, seq_len: int, feature_names: Iterable[str] | str):
        super().__init__()
        if seq_len < 1:
            raise ValueError(f"seq_len is {seq_len}; it must be at least 1")
        self.seq_len = seq_len
        self.feature_names = _names(feature_names)

    def forward(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        """The batch in its order; ValueError when a column is shorter than `seq_len`."""
        for name in self.feature_names:
            length = column(batch, name, "trim").shape[1]
            if length < self.seq_len:
                raise ValueError(f"cannot trim {name!r} of length {length} to {self.seq_len}")
        return {**batch, **_last(batch, self.feature_names, self.seq_len)}


class AdaptiveTrimTransform(nn.Module):
    """Trims the named columns (B, L, ...) to the longest real sequence of the batch.

    The mask `padding_mask_name` (B, L), True = real event, is trimmed as well. `front_padding`
    positions of padding stay in front of the longest sequence, where there are any: one, because
    the first real item is predicted at the padding position before it. 0 trims as the reference
    does, which is right in evaluation. Positions must be aligned to the right for the model to
    give the same hidden states.
    """

    def __init__(
        self,
        feature_names: Iterable[str] | str,
        padding_mask_name: str = "padding_mask",
        front_padding: int = 1,
    ):
        super().__init__()
        if front_padding < 0:
            raise ValueError(f"front_padding is {front_padding}; it must be at least 0")
        names = _names(feature_names)
        self.feature_names = (*names, *{padding_mask_name}.difference(names))
        self.padding_mask_name = padding_mask_name
        self.front_padding = front_padding

    def forward(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        """The batch in its order; at least one position is left."""
        mask = column(batch, self.padding_mask_name, "adaptive_trim")
        real = mask.any(0).nonzero()
        longest = mask.shape[1] - int(real[0]) if len(real) else 0
        length = max(1, longest + self.front_padding)
        return {**batch, **_last(batch, self.feature_names, length)}


class TargetAwareAdaptiveTrimTransform(nn.Module):
    """Trims the named columns (B, L, ...) to what some user's events or targets need.

    Positions before the first that is real in the mask `padding_mask_name` (B, L), or counts in
    `target_padding_mask_name` (B, L) or (B, L, P), are left out; both masks, True = real, are
    trimmed as well. So a first target whose context is padding alone keeps its position, whatever
    the shift is. A batch without any stays as it is.
    """

    def __init__(
        self,
        feature_names: Iterable[str] | str,
        padding_mask_name: str = "padding_mask",
        target_padding_mask_name: str = "target_padding_mask",
    ):
        super().__init__()
        names = (*_names(feature_names), padding_mask_name, target_padding_mask_name)
        self.feature_names = tuple(dict.fromkeys(names))
        self.padding_mask_name = padding_mask_name
        self.target_padding_mask_name = target_padding_mask_name

    def forward(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        """The batch in its order; ValueError when a column and the masks do not fit."""
        mask = column(batch, self.padding_mask_name, "target_aware_trim")
        targets = column(batch, self.target_padding_mask_name, "target_aware_trim")
        for name, each in (
            (self.padding_mask_name, mask),
            (self.target_padding_mask_name, targets),
        ):
            if each.dtype != torch.bool:
                raise TypeError(f"the mask {name!r} is {each.dtype}; give torch.bool, True = real")
        for name in self.feature_names:
            shape = column(batch, name, "target_aware_trim").shape
            if shape[:2] != mask.shape:
                raise ValueError(
                    f"{name!r} of shape {tuple(shape)} does not begin with that of the mask "
                    f"{self.padding_mask_name!r}, {tuple(mask.shape)}; name columns (B, L, ...)"
                )
        needed = (mask | (targets.flatten(2).any(-1) if targets.dim() > 2 else targets)).any(0)
        length = len(needed) - int(needed.byte().argmax())
        return {**batch, **_last(batch, self.feature_names, length)}


def _names(feature_names: Iterable[str] | str) -> tuple[str, ...]:
    """Several names, or a single one, as a tuple."""
    return (feature_names,) if isinstance(feature_names, str) else tuple(feature_names)


def _last(batch: dict[str, Tensor], names: Iterable[str], length: int) -> dict[str, Tensor]:
    """The last `length` positions of the named columns."""
    return {name: column(batch, name, "trim")[:, -length:].contiguous() for name in names}
