"""The task of BERT4Rec, as a spec names it."""

from seqrec_core.spec import Needs, TransformSpec, inherited, param, spec

__all__ = ["ClozeSpec"]


@spec
class ClozeSpec(TransformSpec):
    """Hides random events, which become the labels."""

    target = "seqrec_transform_cloze.cloze:Cloze"
    source = "https://arxiv.org/abs/1904.06690"
    runtime = ("generator",)
    label_field: str = inherited("item_feature_name", help="column of the items")
    mask_field: str = param("padding_mask", help="mask of the real events")
    share: float = param(0.2, ge=0, le=1, help="probability that an event is hidden")
    last_share: float = param(
        0.0, ge=0, le=1, help="share of rows in which the last event is hidden, and no other"
    )

    def needs(self, split: str) -> Needs:
        """The items and the mask of the real events."""
        return Needs(columns=(self.label_field, self.mask_field))

    def columns_after(self, columns: frozenset[str]) -> frozenset[str] | None:
        """Those, the labels and their mask."""
        return columns | {"positive_labels", "target_padding_mask"}
