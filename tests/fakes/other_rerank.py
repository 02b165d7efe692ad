"""A class that says it is of the kind of another distribution, and a component of it."""

from acme_model import RerankedSpec

from seqrec_core.spec import Spec, component, spec


@spec
class RerankerSpec(Spec):
    """Not that of acme-rerank."""

    kind = "reranker"


@spec
class ShuffleSpec(RerankerSpec):
    """Any order."""

    target = "acme_rerank:Boost"


@spec
class OtherModelSpec(RerankedSpec):
    """Holds a reranker of its own class."""

    reranker: RerankerSpec = component("acme-rerank:boost", help="the second stage")
