"""A position of a stranger: what attention loses with distance, whoever the user is."""

from seqrec_library_positions.kind import PositionSpec

from seqrec_core.spec import inherited, param, spec


@spec
class DecaySpec(PositionSpec):
    """Takes from the scores of events that lie far back."""

    target = "acme_decay_bias:Decay"
    num_heads: int = inherited(ge=1, help="attention heads, each with a rate of its own")
    rate: float = param(0.1, ge=0, help="what a score loses for each event between")
