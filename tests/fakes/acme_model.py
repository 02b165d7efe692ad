"""A model of a third distribution, with a field of the stranger's kind."""

from acme_rerank import RerankerSpec

from seqrec_core.spec import ModelSpec, component, param, spec


@spec
class RerankedSpec(ModelSpec):
    """Ranks twice."""

    target = "acme_model:reranked"
    embedding_dim: int = param(4, ge=1, help="size")
    reranker: RerankerSpec = component("acme-rerank:boost", help="the second stage")
    others: tuple[RerankerSpec, ...] = param((), help="more stages")


def reranked(embedding_dim, reranker, others):
    from torch import nn

    model = nn.Linear(embedding_dim, 1)
    model.stages = (reranker, *others)
    return model
