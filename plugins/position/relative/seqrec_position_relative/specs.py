"""Positions that add a learned number to scores, by how far or how long ago an event is."""

from seqrec_library_positions.kind import PositionSpec

from seqrec_core.spec import Needs, inherited, param, spec

__all__ = ["RelativePositionSpec", "RelativeTimeSpec"]


@spec
class RelativePositionSpec(PositionSpec):
    """Adds a learned number to each score, by the distance of the two events."""

    target = "seqrec_position_relative.distance_bias:RelativePosition"
    source = "https://arxiv.org/abs/2402.17152"
    num_heads: int = inherited(ge=1, help="attention heads, each with numbers of its own")
    max_sequence_length: int = inherited(ge=1, help="distances from here on count as this one")


@spec
class RelativeTimeSpec(PositionSpec):
    """Adds a learned number to each score, by the time between the two events."""

    target = "seqrec_position_relative.time_bias:RelativeTime"
    source = "https://arxiv.org/abs/2402.17152"
    num_heads: int = inherited(ge=1, help="attention heads, each with numbers of its own")
    num_buckets: int = param(128, ge=1, le=255, help="the last bucket of times, counted from 0")
    timestamp: str = param("timestamp", help="feature with the times of events, whole seconds")
    request_time: str | None = param(
        None, help="feature with the time that a user asks at; by default when the last event was"
    )

    def needs(self, split: str) -> Needs:
        """The features with the times."""
        names = (self.timestamp, *filter(None, [self.request_time]))
        return Needs(features=names, columns=tuple(f"feature_tensors.{name}" for name in names))
