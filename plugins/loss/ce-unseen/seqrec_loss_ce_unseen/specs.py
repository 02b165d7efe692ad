"""Cross-entropy of the next item, over the items that its user has not seen yet."""

from typing import Literal

from seqrec_core.spec import LossSpec, Needs, inherited, param, spec


@spec
class CEUnseenSpec(LossSpec):
    """Cross-entropy over the items that a user has not seen up to the position."""

    target = "seqrec_loss_ce_unseen.ce_unseen:CEUnseen"
    item_feature_name: str = inherited(help="column of the batch with the items of the events")
    ignore_index: int = param(-100, help="label that is never a target")
    reduction: Literal["mean", "sum"] = param("mean", help="over the targets of a batch")

    def needs(self, split: str) -> Needs:
        """The items of the events, in training."""
        is_training = split == "train"
        return Needs(columns=(f"feature_tensors.{self.item_feature_name}",) if is_training else ())
