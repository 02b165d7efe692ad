"""Cross-entropy with several positives, each of which should be likely, whatever the others."""

from typing import Literal

from seqrec_core.spec import LossSpec, Needs, inherited, param, required, spec


@spec
class LogOutCESpec(LossSpec):
    """Cross-entropy of each positive of a position alone, over the whole catalogue."""

    target = "seqrec_loss_logout.from_spec:log_out_ce"
    runtime = ("data_dir",)
    source = "https://arxiv.org/abs/2205.04507"
    cardinality: int = inherited(ge=1, help="number of items, without padding")
    negative_labels_ignore_index: int = param(-100, help="item that is never a negative")
    weight: str | None = param(None, help='"file:column" with 1 + V weights, the positive first')
    ignore_index: int = param(-100, help="label that is never a target")
    reduction: Literal["mean", "sum"] = param("mean", help="over the targets of a batch")
    label_smoothing: float = param(0.0, ge=0, lt=1, help="share spread over all classes")

    def needs(self, split: str) -> Needs:
        """The file of the weights."""
        return Needs(files=() if self.weight is None else (self.weight,))


@spec
class LogOutCEWeightedSpec(LossSpec):
    """Cross-entropy of each positive alone, times a weight from the batch."""

    target = "seqrec_loss_logout.from_spec:log_out_ce_weighted"
    runtime = ("data_dir",)
    source = "https://arxiv.org/abs/2205.04507"
    cardinality: int = inherited(ge=1, help="number of items, without padding")
    feature_name: str = required(help="column of the batch with the weights of targets")
    negative_labels_ignore_index: int = param(-100, help="item that is never a negative")
    weight: str | None = param(None, help='"file:column" with 1 + V weights, the positive first')
    ignore_index: int = param(-100, help="label that is never a target")
    label_smoothing: float = param(0.0, ge=0, lt=1, help="share spread over all classes")
    normalize: Literal["count", "weights"] = param(
        "count", help="what the sum is divided by: number of targets, or sum of their weights"
    )

    def needs(self, split: str) -> Needs:
        """The weights in a batch, in training, and the file of those of items."""
        columns = (f"feature_tensors.{self.feature_name}",) if split == "train" else ()
        return Needs(columns=columns, files=() if self.weight is None else (self.weight,))
