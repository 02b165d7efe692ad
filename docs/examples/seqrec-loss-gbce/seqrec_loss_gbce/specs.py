"""The loss gBCE, as a spec names it."""

from seqrec_core.spec import LossSpec, inherited, param, spec

__all__ = ["GbceSpec"]


@spec
class GbceSpec(LossSpec):
    """Binary cross-entropy of drawn negatives that does not make the model overconfident."""

    target = "seqrec_loss_gbce.gbce:Gbce"
    source = "https://arxiv.org/abs/2308.07192"
    needs_negatives = True
    cardinality: int = inherited(ge=2, help="items of the catalogue")
    calibration: float = param(0.75, ge=0, le=1, help="t: 0 is plain BCE, 1 is fully calibrated")
    negative_labels_ignore_index: int = param(-100, help="label that is never a negative")
