"""A kind of a stranger's, and a component of it."""

from seqrec_core.spec import Spec, param, spec


@spec
class RerankerSpec(Spec):
    """Candidates to another order."""

    kind = "reranker"


@spec
class BoostSpec(RerankerSpec):
    """Lifts what is new."""

    target = "acme_rerank:Boost"
    factor: float = param(2.0, gt=0, help="how much")


class Boost:
    def __init__(self, factor):
        self.factor = factor
