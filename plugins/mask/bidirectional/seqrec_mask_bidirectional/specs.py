"""The attention mask of models that see what comes later, too."""

from seqrec_core.spec import MaskSpec, spec

__all__ = ["BidirectionalMaskSpec"]


@spec
class BidirectionalMaskSpec(MaskSpec):
    """Each event sees all real events of its user, earlier and later."""

    target = "seqrec_mask_bidirectional.bidirectional:BidirectionalMask"
    source = "https://arxiv.org/abs/1904.06690"

    def is_causal(self) -> bool:
        """No: later events are seen."""
        return False
