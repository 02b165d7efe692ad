"""Masks that depend on a feature's value."""

from typing import Literal

import torch
from torch import Tensor, nn

from seqrec_core.batch import column

_OPERATIONS = {"and": torch.logical_and, "or": torch.logical_or, "xor": torch.logical_xor}


class EqualityMaskTransform(nn.Module):
    """Joins a mask with "this feature has that value": train on clicks only, for instance.

    The mask `mask_name`, True = the position counts, becomes `mask <mode> (feature ==
    equality_value)`. The feature has the mask's shape, or broadcasts to it, or lacks its last
    dimension: features (B, L) go with target masks (B, L, P).
    """

    def __init__(
        self,
        feature_name: str,
        equality_value: float,
        mode: Literal["and", "or", "xor"] = "and",
        mask_name: str = "target_padding_mask",
    ):
        super().__init__()
        if mode not in _OPERATIONS:
            raise ValueError(f"mode is {mode!r}; choose one of {list(_OPERATIONS)}")
        self.feature_name = feature_name
        self.equality_value = equality_value
        self.mode = mode
        self.mask_name = mask_name

    def forward(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        """The batch in its order; ValueError when feature and mask do not fit."""
        feature = column(batch, self.feature_name, "equality_mask")
        mask = column(batch, self.mask_name, "equality_mask")
        equal = feature == self._value_for(feature)
        if feature.shape == mask.shape[:-1]:
            equal = equal.unsqueeze(-1)
        joined = _OPERATIONS[self.mode](mask, equal)
        if joined.shape != mask.shape:
            raise ValueError(
                f"{self.feature_name!r} of shape {tuple(feature.shape)} does not fit the mask "
                f"{self.mask_name!r} of shape {tuple(mask.shape)}"
            )
        return {**batch, self.mask_name: joined}

    def _value_for(self, feature: Tensor) -> float:
        """The value as an int where the feature is integral: float32 merges large ids."""
        is_integral = not feature.is_floating_point() and float(self.equality_value).is_integer()
        return int(self.equality_value) if is_integral else self.equality_value
