"""The reranker pinned: names, fields and defaults in specs."""

from acme_rerank.kind import RerankerSpec
from seqrec_core.spec import param, required, spec

__all__ = ["PinnedSpec"]


@spec
class PinnedSpec(RerankerSpec):
    """Puts some items above all others."""

    target = "acme_pinned.pinned:Pinned"
    items: tuple[int, ...] = required(help="item ids, the one on top first")
    boost: float = param(100.0, gt=0, help="what the last of them gets on top of its score")
