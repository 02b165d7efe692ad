"""Cross-entropy of the next item: `ce` over the whole catalogue, `ce_sampled` over a sample."""

from typing import Literal

from seqrec_core.spec import LossSpec, Needs, param, spec


@spec
class CESpec(LossSpec):
    """Cross-entropy over the whole catalogue."""

    target = "seqrec_loss_ce.from_spec:ce"
    runtime = ("data_dir",)
    weight: str | None = param(None, help='"file:column" with a weight for each item')
    ignore_index: int = param(-100, help="label that is never a target")
    reduction: Literal["mean", "sum"] = param("mean", help="over the targets of a batch")
    label_smoothing: float = param(0.0, ge=0, lt=1, help="share spread over all items")
    backend: Literal["chunked", "torch", "linear_cross_entropy"] = param(
        "chunked", help="how it is computed; the numbers are the same"
    )

    def needs(self, split: str) -> Needs:
        """The file of the weights."""
        return Needs(files=() if self.weight is None else (self.weight,))


@spec
class CESampledSpec(LossSpec):
    """Cross-entropy of each positive against drawn negatives."""

    target = "seqrec_loss_ce.from_spec:ce_sampled"
    runtime = ("data_dir",)
    needs_negatives = True
    negative_labels_ignore_index: int = param(-100, help="label that is never a negative")
    weight: str | None = param(None, help='"file:column" with 1 + N weights, the positive first')
    ignore_index: int = param(-100, help="label that is never a target")
    reduction: Literal["mean", "sum"] = param("mean", help="over the targets of a batch")
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
