"""The differential transformer: attention minus attention, so that noise cancels out."""

from collections.abc import Iterable

from seqrec_core.spec import EncoderSpec, inherited, spec

__all__ = ["DiffTransformerLayerSpec"]


@spec
class DiffTransformerLayerSpec(EncoderSpec):
    """Differential attention and SwiGLU blocks."""

    target = "seqrec_encoder_diff.transformer:DiffTransformerLayer"
    source = "https://arxiv.org/abs/2410.05258"
    embedding_dim: int = inherited(ge=1, help="size of embeddings and hidden states")
    num_heads: int = inherited(ge=1, help="attention heads; must divide embedding_dim")
    num_blocks: int = inherited(ge=1, help="number of transformer blocks")

    def check(self) -> Iterable[tuple[str, str]]:
        """Heads share the embedding evenly."""
        if self.embedding_dim % self.num_heads:
            yield (
                "num_heads",
                f"{self.num_heads} does not divide embedding_dim {self.embedding_dim}; "
                "choose a divisor",
            )
