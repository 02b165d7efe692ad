"""The body of SasRec: from features to hidden states."""

from seqrec_library_next_item.sequence_body import SequenceBody

__all__ = ["SasRecBody"]


class SasRecBody(SequenceBody):
    """Embeds events, adds positions, lets them attend to the past and normalises the result."""
