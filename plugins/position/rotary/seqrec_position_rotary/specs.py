"""Positions that turn queries and keys."""

from seqrec_library_positions.kind import PositionSpec

from seqrec_core.spec import param, spec

__all__ = ["RotarySpec"]


@spec
class RotarySpec(PositionSpec):
    """Turns queries and keys by their place, so that scores depend on distances."""

    target = "seqrec_position_rotary.rotary:Rotary"
    source = "https://arxiv.org/abs/2104.09864"
    base: float = param(10000.0, gt=1, help="how much slower the last pair turns than the first")
    share: float = param(1.0, gt=0, le=1, help="share of each head's dimensions that turn")
