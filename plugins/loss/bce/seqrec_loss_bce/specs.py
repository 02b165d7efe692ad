"""Binary cross-entropy, each item a yes or no: `bce` over the catalogue, `bce_sampled` a sample."""

from typing import Literal

from seqrec_core.spec import LossSpec, Needs, param, spec


@spec
class BCESpec(LossSpec):
    """Binary cross-entropy over the whole catalogue, for one or several positives."""

    target = "seqrec_loss_bce.from_spec:bce"
    runtime = ("data_dir",)
    weight: str | None = param(None, help='"file:column" with a weight for each item')
    pos_weight: str | None = param(None, help='"file:column" with a weight for items as positives')

    def needs(self, split: str) -> Needs:
        """The files of the weights."""
        return Needs(files=tuple(place for place in (self.weight, self.pos_weight) if place))


@spec
class BCESampledSpec(LossSpec):
    """Binary cross-entropy of positives and drawn negatives."""

    target = "seqrec_loss_bce.bce:BCESampled"
    needs_negatives = True
    log_epsilon: float = param(1e-6, ge=0, help="added to probabilities; 0 for the exact loss")
    clamp_border: float = param(100.0, gt=0, help="bound of the logarithm on either side")
    negative_labels_ignore_index: int = param(-100, help="label that is never a negative")
    logq: Literal["none", "both"] = param(
        "none", help="both: logits are lowered by the logarithm of how often they are drawn"
    )

    def needs_logq(self) -> bool:
        """Whether it corrects for how often negatives are drawn."""
        return self.logq != "none"
