"""Multi-head self-attention that takes positions."""

from seqrec_library_kernels.attention_heads import AttentionHeads
from seqrec_library_kernels.attention_scores import per_head_mask
from seqrec_library_positions.positioned import Placement
from torch import Tensor

__all__ = ["SelfAttention"]


class SelfAttention(AttentionHeads):
    """Multi-head scaled dot-product self-attention with dropout on the attention weights.

    Source: Vaswani et al., "Attention Is All You Need", arXiv:1706.03762, section 3.2.
    """

    def forward(
        self,
        sequence: Tensor,
        attention_mask: Tensor,
        place: Placement | None = None,
        last_only: bool = False,
    ) -> Tensor:
        """Lets (B, L, D) look at itself: (B, L, D), or for the last position alone (B, 1, D).

        attention_mask is 0 where a pair is kept and -inf where it is dropped: (B*H, L, L),
        (B, H, L, L) or (B, 1, L, L).
        """
        if last_only and place is None:
            queries, keys, values = self.project(sequence[:, -1:], sequence)
        else:
            queries, keys, values = map(self.heads, self.in_projection(sequence).chunk(3, dim=-1))
        bias = None
        if place is not None:
            queries, keys, bias = place(queries, keys)
            queries, keys = queries.to(values.dtype), keys.to(values.dtype)
        mask = per_head_mask(attention_mask, values)
        if bias is not None:
            mask = mask + bias.to(mask.dtype)
        if last_only:
            queries, mask = queries[:, :, -1:], mask[..., -1:, :]
        return self.attend(queries, keys, values, mask)
