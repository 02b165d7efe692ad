"""The causal attention mask."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

__all__ = ["DefaultAttentionMask"]


class DefaultAttentionMask(nn.Module):
    """Lets each position see itself and the real events before it.

    reference_feature_name is a feature of every batch: its second dimension is the length.
    """

    def __init__(self, reference_feature_name: str, num_heads: int, broadcast_heads: bool = False):
        super().__init__()
        self.reference_feature_name = reference_feature_name
        self.num_heads = num_heads
        self.broadcast_heads = broadcast_heads

    def forward(self, feature_tensor: Mapping[str, Tensor], padding_mask: Tensor) -> Tensor:
        """Float mask, 0 where the query (row) sees the key (column), -inf elsewhere.

        padding_mask (B, L) is True at real events. The result is (B*H, L, L), or (B, 1, L, L)
        with broadcast_heads. The diagonal is always open, so that padding sees itself and no
        row is all -inf.
        """
        length = feature_tensor[self.reference_feature_name].size(1)
        future = torch.full((length, length), -torch.inf, device=padding_mask.device).triu(1)
        padding = torch.zeros(padding_mask.shape, device=padding_mask.device)
        mask = future + padding.masked_fill(~padding_mask, -torch.inf)[:, None]  # (B, L, L)
        diagonal = torch.arange(length, device=mask.device) * (length + 1)
        mask = mask.flatten(1).index_fill_(1, diagonal, 0.0).view_as(mask)
        if self.broadcast_heads:
            return mask[:, None]
        return mask.repeat_interleave(self.num_heads, dim=0)
