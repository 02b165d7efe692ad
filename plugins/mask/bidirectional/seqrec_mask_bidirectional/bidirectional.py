"""The attention mask that looks both ways."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

__all__ = ["BidirectionalMask"]


class BidirectionalMask(nn.Module):
    """Lets each position see itself and all real events.

    Source: Sun et al., "BERT4Rec", arXiv:1904.06690, section 3.3.
    """

    def forward(self, feature_tensor: Mapping[str, Tensor], padding_mask: Tensor) -> Tensor:
        """Float mask (B, 1, L, L), 0 where the query (row) sees the key (column), -inf elsewhere.

        padding_mask (B, L) is True at real events; features are not looked at. The diagonal is
        open, so that padding sees itself and no row is all -inf.
        """
        itself = torch.eye(padding_mask.size(1), dtype=torch.bool, device=padding_mask.device)
        seen = padding_mask[:, None, None, :] | itself
        return torch.zeros(seen.shape, device=seen.device).masked_fill(~seen, -torch.inf)
