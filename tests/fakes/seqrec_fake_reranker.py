"""A kind of one distribution, and its component of another."""

from seqrec_fake.specs import FakeModelSpec

from seqrec_core.registry import Point
from seqrec_core.spec import Spec, component, spec


@spec
class RerankerSpec(Spec):
    """Reorders."""

    kind = "reranker"


@spec
class ReversalSpec(RerankerSpec):
    """Turns around."""

    target = "seqrec_fake.parts:Nowhere"


@spec
class RerankedModelSpec(FakeModelSpec):
    """A model with a reranker."""

    target = "seqrec_fake.parts:Model"
    reranker: RerankerSpec = component("acme-turns:reversal", help="reorders")


POINTS = [
    Point("seqrec.kinds", "reranker", f"{__name__}:RerankerSpec", "acme-kinds", "1"),
    Point("seqrec.reranker", "reversal", f"{__name__}:ReversalSpec", "acme-turns", "2"),
    Point("seqrec.model", "reranked", f"{__name__}:RerankedModelSpec", "acme-models", "3"),
]
