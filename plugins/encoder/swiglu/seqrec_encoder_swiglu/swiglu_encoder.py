"""Items encoded one by one, with SwiGLU networks."""

from collections.abc import Mapping

from torch import Tensor, nn

from seqrec_encoder_swiglu.swiglu import SwiGLU

__all__ = ["SwiGLUEncoder"]


class SwiGLUEncoder(nn.Module):
    """Two SwiGLU networks, each added to its input and then RMS-normalised.

    Items do not see each other. Without hidden_dim the hidden layers have twice the embedding's
    size.
    """

    def __init__(self, embedding_dim: int, hidden_dim: int | None = None):
        super().__init__()
        hidden_dim = hidden_dim or 2 * embedding_dim
        self.feed_forward1 = SwiGLU(embedding_dim, hidden_dim)
        self.norm1 = nn.RMSNorm(embedding_dim)
        self.feed_forward2 = SwiGLU(embedding_dim, hidden_dim)
        self.norm2 = nn.RMSNorm(embedding_dim)

    def reset_parameters(self) -> None:
        """Draws fresh weights."""
        self.feed_forward1.reset_parameters()
        self.norm1.reset_parameters()
        self.feed_forward2.reset_parameters()
        self.norm2.reset_parameters()

    def forward(
        self, input_embeddings: Tensor, *, feature_tensors: Mapping[str, Tensor] | None = None
    ) -> Tensor:
        """Maps (..., D) to (..., D); the features are not needed."""
        hidden = self.norm1(self.feed_forward1(input_embeddings) + input_embeddings)
        output: Tensor = self.norm2(self.feed_forward2(hidden) + hidden)
        return output
