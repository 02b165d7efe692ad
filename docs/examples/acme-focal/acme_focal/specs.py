"""The focal loss, as a spec names it."""

from seqrec_core.spec import LossSpec, param, spec

__all__ = ["FocalSpec"]


@spec
class FocalSpec(LossSpec):
    """Binary cross-entropy of drawn negatives in which those that are told apart count little."""

    target = "acme_focal.focal:Focal"
    source = "https://arxiv.org/abs/1708.02002"
    needs_negatives = True
    gamma: float = param(2.0, ge=0, help="focus on what is hard; 0 is plain BCE")
    negative_labels_ignore_index: int = param(-100, help="label that is never a negative")
