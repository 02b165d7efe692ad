"""Cross-entropy with several positives, of which it is enough that one is likely."""

from typing import Literal

from seqrec_core.spec import LossSpec, inherited, param, spec


@spec
class LogInCESpec(LossSpec):
    """Cross-entropy of all positives of a position together, over the whole catalogue."""

    target = "seqrec_loss_login.login:LogInCE"
    source = "https://arxiv.org/abs/2205.04507"
    cardinality: int = inherited(ge=1, help="number of items, without padding")
    log_epsilon: float = param(1e-6, ge=0, help="added to the probability; 0 for the exact loss")
    clamp_border: float = param(100.0, gt=0, help="bound of the logarithm on either side")
    negative_labels_ignore_index: int = param(-100, help="item that is never a negative")


@spec
class LogInCESampledSpec(LossSpec):
    """Cross-entropy of all positives of a position together, against drawn negatives."""

    target = "seqrec_loss_login.login:LogInCESampled"
    source = "https://arxiv.org/abs/2205.04507"
    needs_negatives = True
    log_epsilon: float = param(1e-6, ge=0, help="added to the probability; 0 for the exact loss")
    clamp_border: float = param(100.0, gt=0, help="bound of the logarithm on either side")
    negative_labels_ignore_index: int = param(-100, help="label that is never a negative")
    logq: Literal["none", "negatives", "both"] = param(
        "none", help="whose logits are lowered by the logarithm of how often they are drawn"
    )

    def needs_logq(self) -> bool:
        """Whether it corrects for how often negatives are drawn."""
        return self.logq != "none"
