"""Multi-head attention whose queries come from another tensor than its keys and values."""

import math

import torch
from seqrec_library_kernels.attention_heads import AttentionHeads
from seqrec_library_kernels.attention_scores import per_head_mask
from seqrec_library_positions.positioned import Placement
from torch import Tensor
from torch.nn import functional as F

__all__ = ["MultiHeadAttention"]


class MultiHeadAttention(AttentionHeads):
    """Multi-head scaled dot-product attention with dropout on the attention weights.

    Computes what `torch.nn.MultiheadAttention(batch_first=True)` computes, from the same weights:
    the rows of `in_projection` are those of the query, the key and the value, in this order.

    Source: Vaswani et al., "Attention Is All You Need", arXiv:1706.03762, section 3.2.
    """

    def forward(
        self,
        query: Tensor,
        sequence: Tensor,
        attention_mask: Tensor,
        place: Placement | None = None,
    ) -> Tensor:
        """Lets query (B, Q, D) look at sequence (B, L, D) and returns (B, Q, D).

        attention_mask is 0 where a pair is kept and -inf where it is dropped: (B*H, Q, L),
        (B, H, Q, L) or (B, 1, Q, L). With a place, Q is L.
        """
        queries, keys, values = self.project(query, sequence)
        mask = per_head_mask(attention_mask, queries)
        if place is not None:
            queries, keys, added = place(queries, keys)
            mask = mask if added is None else mask + added.to(mask.dtype)
        return self.attend(queries, keys, values, mask)

    def pooled(self, query: Tensor, sequence: Tensor, attention_mask: Tensor) -> Tensor:
        """`forward` for one query (B, 1, D) a user, without keys and values of the sequence.

        The query is taken through the key weights instead, and the weighted sum of the sequence
        through the value weights. Key biases shift all scores of a row alike, which softmax
        does not see; the value bias is added once, for attention weights sum to 1.
        """
        (dim,) = self.out_projection.bias.shape
        weights = self.in_projection.weight.view(3, self.num_heads, -1, dim)  # (3, H, D/H, D)
        bias = self.in_projection.bias
        queries = F.linear(query, self.in_projection.weight[:dim], bias[:dim])
        queries = self.heads(queries)[:, :, 0] / math.sqrt(dim // self.num_heads)
        scores = torch.einsum("bhk,hkd->bhd", queries, weights[1]) @ sequence.mT  # (B, H, L)
        mask = per_head_mask(attention_mask, queries.unsqueeze(2)).squeeze(2)
        mixed = (scores + mask).softmax(-1) @ sequence  # (B, H, D)
        values = torch.einsum("bhd,hkd->bhk", mixed, weights[2]).flatten(1) + bias[2 * dim :]
        output: Tensor = self.out_projection(values)
        return output.unsqueeze(1)
