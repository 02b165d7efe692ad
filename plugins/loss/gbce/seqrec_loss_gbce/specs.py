"""Generalised binary cross-entropy: `gbce`, the loss of gSASRec."""

from seqrec_core.spec import LossSpec, inherited, param, spec


@spec
class GBCESpec(LossSpec):
    """Binary cross-entropy that makes up for drawing few negatives."""

    target = "seqrec_loss_gbce.gbce:GBCE"
    source = "https://arxiv.org/abs/2308.07192"
    needs_negatives = True
    cardinality: int = inherited(ge=1, help="number of items, without padding")
    calibration: float = param(
        0.75, ge=0, le=1, help="t: 0 is plain binary cross-entropy, 1 makes up for all of it"
    )
    negative_labels_ignore_index: int = param(-100, help="label that is never a negative")
    has_prior: bool = param(
        False, help="lower logits by log(negatives / beta): training starts from few positives"
    )
