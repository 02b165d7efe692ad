"""Cross-entropy whose targets have weights from the batch: `ce` and `ce_sampled`, weighted."""

from typing import Literal

from seqrec_core.spec import LossSpec, Needs, param, required, spec


@spec
class CEWeightedSpec(LossSpec):
    """Cross-entropy over the whole catalogue, each target times a weight from the batch."""

    target = "seqrec_loss_ce_weighted.from_spec:ce_weighted"
    runtime = ("data_dir",)
    feature_name: str = required(help="column of the batch with the weights of targets")
    weight: str | None = param(None, help='"file:column" with a weight for each item')
    ignore_index: int = param(-100, help="label that is never a target")
    label_smoothing: float = param(0.0, ge=0, lt=1, help="share spread over all items")
    backend: Literal["chunked", "torch", "linear_cross_entropy"] = param(
        "chunked", help="how it is computed; the numbers are the same"
    )
    normalize: Literal["count", "weights"] = param(
        "count", help="what the sum is divided by: number of targets, or sum of their weights"
    )

    def needs(self, split: str) -> Needs:
        """The weights in a batch, in training, and the file of those of items."""
        columns = (f"feature_tensors.{self.feature_name}",) if split == "train" else ()
        return Needs(columns=columns, files=() if self.weight is None else (self.weight,))


@spec
class CESampledWeightedSpec(LossSpec):
    """Cross-entropy against drawn negatives, each positive times a weight from the batch."""

    target = "seqrec_loss_ce_weighted.from_spec:ce_sampled_weighted"
    runtime = ("data_dir",)
    needs_negatives = True
    feature_name: str = required(help="column of the batch with the weights of targets")
    negative_labels_ignore_index: int = param(-100, help="label that is never a negative")
    weight: str | None = param(None, help='"file:column" with 1 + N weights, the positive first')
    ignore_index: int = param(-100, help="label that is never a target")
    label_smoothing: float = param(0.0, ge=0, lt=1, help="share spread over all classes")
    logq: Literal["none", "negatives", "both"] = param(
        "none", help="whose logits are lowered by the logarithm of how often they are drawn"
    )
    normalize: Literal["count", "weights"] = param(
        "count", help="what the sum is divided by: number of targets, or sum of their weights"
    )

    def needs_logq(self) -> bool:
        """Whether it corrects for how often negatives are drawn."""
        return self.logq != "none"

    def needs(self, split: str) -> Needs:
        """The weights in a batch, in training, and the file of those of items."""
        columns = (f"feature_tensors.{self.feature_name}",) if split == "train" else ()
        return Needs(columns=columns, files=() if self.weight is None else (self.weight,))
