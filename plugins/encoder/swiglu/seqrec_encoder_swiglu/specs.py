"""The item encoder of SwiGLU networks, which sees each item by itself."""

from seqrec_core.spec import EncoderSpec, inherited, param, spec

__all__ = ["SwiGLUEncoderSpec"]


@spec
class SwiGLUEncoderSpec(EncoderSpec):
    """Two SwiGLU networks with residuals; each item by itself."""

    target = "seqrec_encoder_swiglu.swiglu_encoder:SwiGLUEncoder"
    source = "https://arxiv.org/abs/2002.05202"
    serves = ("item",)
    embedding_dim: int = inherited(ge=1, help="size of embeddings and item states")
    hidden_dim: int | None = param(
        None, ge=1, help="size of the hidden layers; by default twice embedding_dim"
    )
