"""Another component of the stranger's kind, of another distribution."""

from acme_rerank import RerankerSpec

from seqrec_core.spec import inherited, spec


@spec
class MMRSpec(RerankerSpec):
    """Trades relevance against likeness."""

    target = "acme_mmr:MMR"
    embedding_dim: int = inherited(help="size")


class MMR:
    def __init__(self, embedding_dim):
        self.embedding_dim = embedding_dim
