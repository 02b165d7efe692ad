"""What can be configured in the tying head: nothing."""

from seqrec_core.spec import HeadSpec, spec

__all__ = ["EmbeddingTyingHeadSpec"]


@spec
class EmbeddingTyingHeadSpec(HeadSpec):
    """Dot product of hidden states and item embeddings."""

    target = "seqrec_head_tying.tying:EmbeddingTyingHead"
