"""The differential transformer encoder."""

import math
from collections.abc import Mapping

from seqrec_encoder_swiglu.swiglu import SwiGLU
from torch import Tensor, nn

from seqrec_encoder_diff.attention import MultiHeadDifferentialAttention

__all__ = ["DiffTransformerBlock", "DiffTransformerLayer"]


class DiffTransformerBlock(nn.Module):
    """Differential attention and a SwiGLU network, each added to its input and then normalised.

    Values and the hidden layer of the network have twice the embedding's size.

    Source: Ye et al., "Differential Transformer", arXiv:2410.05258, section 2.2, which
    normalises before each part instead.
    """

    def __init__(self, embedding_dim: int, num_heads: int, lambda_init: float):
        super().__init__()
        self.attention = MultiHeadDifferentialAttention(
            embedding_dim, num_heads, lambda_init, vdim=2 * embedding_dim
        )
        self.attention_norm = nn.RMSNorm(embedding_dim)
        self.feed_forward = SwiGLU(embedding_dim, 2 * embedding_dim)
        self.feed_forward_norm = nn.RMSNorm(embedding_dim)

    def reset_parameters(self) -> None:
        """Draws fresh weights."""
        self.attention.reset_parameters()
        self.attention_norm.reset_parameters()
        self.feed_forward.reset_parameters()
        self.feed_forward_norm.reset_parameters()

    def forward(
        self,
        input_embeddings: Tensor,
        attention_mask: Tensor | None = None,
        last_only: bool = False,
    ) -> Tensor:
        """Maps (B, L, D) to (B, L, D), or to its last position, (B, 1, D).

        attention_mask is 0 where a pair is kept and -inf where it is dropped: (B*H, L, L),
        (B, H, L, L) or (B, 1, L, L); without it, attention is causal.
        """
        first = -1 if last_only else 0
        query = input_embeddings[:, first:]
        mask = None if attention_mask is None else attention_mask[..., first:, :]
        mixed = self.attention(query, input_embeddings, input_embeddings, mask)
        mixed = self.attention_norm(mixed + query)
        output: Tensor = self.feed_forward_norm(self.feed_forward(mixed) + mixed)
        return output


class DiffTransformerLayer(nn.Module):
    """A stack of differential transformer blocks.

    Block i, counted from 0, starts with lambda_init = 0.8 - 0.6 exp(-0.3 i).

    Source: Ye et al., "Differential Transformer", arXiv:2410.05258.
    """

    def __init__(self, embedding_dim: int, num_heads: int, num_blocks: int):
        super().__init__()
        self.blocks = nn.ModuleList(
            DiffTransformerBlock(embedding_dim, num_heads, 0.8 - 0.6 * math.exp(-0.3 * depth))
            for depth in range(num_blocks)
        )

    def reset_parameters(self) -> None:
        """Draws fresh weights."""
        for block in self.blocks:
            block.reset_parameters()  # type: ignore[operator]

    def forward(
        self,
        input_embeddings: Tensor,
        attention_mask: Tensor | None = None,
        *,
        feature_tensors: Mapping[str, Tensor] | None = None,
        padding_mask: Tensor | None = None,
    ) -> Tensor:
        """Maps (B, L, D) to (B, L, D).

        attention_mask is 0 where a pair is kept and -inf where it is dropped: (B*H, L, L),
        (B, H, L, L) or (B, 1, L, L); without it, attention is causal. The features and
        padding_mask (B, L), True at real events, are not needed.
        """
        return self.hidden_states(input_embeddings, attention_mask)[-1]

    def hidden_states(
        self,
        input_embeddings: Tensor,
        attention_mask: Tensor | None = None,
        *,
        feature_tensors: Mapping[str, Tensor] | None = None,
        padding_mask: Tensor | None = None,
    ) -> tuple[Tensor, ...]:
        """The output (B, L, D) of each block; the last one is that of `forward`."""
        states = [input_embeddings]
        for block in self.blocks:
            states.append(block(states[-1], attention_mask))
        return tuple(states[1:])

    def forward_last(
        self,
        input_embeddings: Tensor,
        attention_mask: Tensor | None = None,
        *,
        feature_tensors: Mapping[str, Tensor] | None = None,
        padding_mask: Tensor | None = None,
    ) -> Tensor:
        """The last position (B, D) of `forward`; the last block computes nothing else."""
        hidden = input_embeddings
        *first_blocks, last_block = self.blocks
        for block in first_blocks:
            hidden = block(hidden, attention_mask)
        output: Tensor = last_block(hidden, attention_mask, last_only=True)
        return output[:, -1]
