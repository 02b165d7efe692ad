"""The head that scores items with the embeddings that also feed the model; it has no settings."""

from seqrec_core.spec import HeadSpec, spec

__all__ = ["EmbeddingTyingHeadSpec"]


@spec
class EmbeddingTyingHeadSpec(HeadSpec):
    """Dot product of hidden states and item embeddings."""

    target = "seqrec_head_tying.tying:EmbeddingTyingHead"
