"""The mask of an encoder that reads in both directions."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn


class BothWays(nn.Module):
    """Every position sees all real events, and itself."""

    def forward(self, feature_tensor: Mapping[str, Tensor], padding_mask: Tensor) -> Tensor:
        """0 where a pair is kept, -inf elsewhere, (B, 1, L, L); padding_mask is True at events."""
        itself = torch.eye(padding_mask.size(1), dtype=torch.bool, device=padding_mask.device)
        seen = padding_mask[:, None, None, :] | itself
        return torch.zeros(seen.shape, device=seen.device).masked_fill(~seen, -torch.inf)
