"""Sampled losses over groups of a batch: cross-entropy with one positive that counts, or any."""

from typing import Literal

from seqrec_core.spec import LossSpec, Needs, param, spec


@spec
class GroupedCESampledSpec(LossSpec):
    """Cross-entropy against drawn negatives, the mean over groups of users."""

    target = "seqrec_loss_grouped.from_spec:grouped_ce_sampled"
    runtime = ("data_dir",)
    needs_negatives = True
    logical_batch_size: int = param(128, ge=1, help="users of a group")
    negative_labels_ignore_index: int = param(-100, help="label that is never a negative")
    weight: str | None = param(None, help='"file:column" with 1 + N weights, the positive first')
    ignore_index: int = param(-100, help="label that is never a target")
    label_smoothing: float = param(0.0, ge=0, lt=1, help="share spread over all classes")
    logq: Literal["none", "negatives", "both"] = param(
        "none", help="whose logits are lowered by the logarithm of how often they are drawn"
    )

    def needs_logq(self) -> bool:
        """Whether it corrects for how often negatives are drawn."""
        return self.logq != "none"

    def needs(self, split: str) -> Needs:
        """The file of the weights."""
        return Needs(files=() if self.weight is None else (self.weight,))


@spec
class GroupedLogInCESampledSpec(LossSpec):
    """Cross-entropy of all positives together against drawn negatives, the mean over groups."""

    target = "seqrec_loss_grouped.grouped:GroupedLogInCESampled"
    source = "https://arxiv.org/abs/2205.04507"
    needs_negatives = True
    logical_batch_size: int = param(128, ge=1, help="users of a group")
    log_epsilon: float = param(1e-6, ge=0, help="added to the probability; 0 for the exact loss")
    clamp_border: float = param(100.0, gt=0, help="bound of the logarithm on either side")
    negative_labels_ignore_index: int = param(-100, help="label that is never a negative")
    logq: Literal["none", "negatives", "both"] = param(
        "none", help="whose logits are lowered by the logarithm of how often they are drawn"
    )

    def needs_logq(self) -> bool:
        """Whether it corrects for how often negatives are drawn."""
        return self.logq != "none"
