"""A spec module that computes while it is imported."""

from seqrec_core.spec import spec
from seqrec_mutants.specs import Norm

TABLE = sorted(str(number) for number in range(2_000_000))


@spec
class ImportsSlowly(Norm):
    """Made for the test."""

    target = "seqrec_mutants.norms:Healthy"
