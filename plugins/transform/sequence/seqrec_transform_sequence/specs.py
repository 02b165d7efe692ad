"""Transforms that make labels and masks of the sequences of a batch, or shorten them."""

from typing import Literal

from seqrec_core.spec import Needs, TransformSpec, inherited, param, required, spec


@spec
class NextTokenSpec(TransformSpec):
    """Makes the items some events ahead the labels of each position."""

    target = "seqrec_transform_sequence.next_token:NextTokenTransform"
    label_field: str = inherited("item_feature_name", help="column that becomes the labels")
    shift: int = param(1, ge=1, help="how many events ahead the label is")
    query_features: tuple[str, ...] = param(
        ("query_id", "query_id_mask"), help="columns that are no sequences, whatever their shape"
    )
    out_feature_name: str = param("positive_labels", help="name of the labels")
    mask_postfix: str = param("_mask", help="how the name of a mask ends")
    skip_padding_context: bool = param(
        False, help="true leaves out labels whose context is padding only"
    )

    def events_taken(self) -> int:
        """The events at the end of a sequence that are labels only."""
        return self.shift

    def needs(self, split: str) -> Needs:
        """The events and their mask."""
        return Needs(columns=(self.label_field, self.label_field + self.mask_postfix))

    def columns_after(self, columns: frozenset[str]) -> frozenset[str] | None:
        """Those, the labels and their mask."""
        return columns | {self.out_feature_name, self.out_feature_name + self.mask_postfix}


@spec
class TokenMaskSpec(TransformSpec):
    """Hides random events, for masked language modelling."""

    target = "seqrec_transform_sequence.token_mask:TokenMaskTransform"
    source = "https://arxiv.org/abs/1904.06690"
    runtime = ("generator",)
    token_field: str = param("padding_mask", help="mask of the real events")
    out_feature_name: str = param("token_mask", help="name of the mask, true where visible")
    mask_prob: float = param(0.15, ge=0, le=1, help="probability that an event is hidden")

    def needs(self, split: str) -> Needs:
        """The mask of the real events."""
        return Needs(columns=(self.token_field,))

    def columns_after(self, columns: frozenset[str]) -> frozenset[str] | None:
        """Those and the mask of what is visible."""
        return columns | {self.out_feature_name}


@spec
class TrimSpec(TransformSpec):
    """Keeps the last positions of columns."""

    target = "seqrec_transform_sequence.trim:TrimTransform"
    seq_len: int = inherited("max_sequence_length", ge=1, help="number of positions to keep")
    feature_names: tuple[str, ...] = required(help="columns to trim")

    def needs(self, split: str) -> Needs:
        """The columns to trim."""
        return Needs(columns=self.feature_names)

    def columns_after(self, columns: frozenset[str]) -> frozenset[str] | None:
        """The same."""
        return columns


@spec
class AdaptiveTrimSpec(TransformSpec):
    """Trims columns to the longest real sequence of the batch."""

    target = "seqrec_transform_sequence.trim:AdaptiveTrimTransform"
    feature_names: tuple[str, ...] = inherited(help="columns to trim besides the mask")
    padding_mask_name: str = param("padding_mask", help="mask of the real events")
    front_padding: int = param(
        1, ge=0, help="padding kept in front of the longest sequence; 1 in training"
    )

    def needs(self, split: str) -> Needs:
        """The columns to trim and the mask."""
        return Needs(columns=(*self.feature_names, self.padding_mask_name))

    def columns_after(self, columns: frozenset[str]) -> frozenset[str] | None:
        """The same."""
        return columns


@spec
class TargetAwareTrimSpec(TransformSpec):
    """Trims columns to the positions that events or targets of the batch need."""

    target = "seqrec_transform_sequence.trim:TargetAwareAdaptiveTrimTransform"
    feature_names: tuple[str, ...] = required(
        help="columns to trim besides the masks: features and labels"
    )
    padding_mask_name: str = param("padding_mask", help="mask of the real events")
    target_padding_mask_name: str = param(
        "target_padding_mask", help="mask of the targets, true where one counts"
    )

    def needs(self, split: str) -> Needs:
        """The columns to trim and the masks."""
        masks = (self.padding_mask_name, self.target_padding_mask_name)
        return Needs(columns=(*self.feature_names, *masks))

    def columns_after(self, columns: frozenset[str]) -> frozenset[str] | None:
        """The same."""
        return columns


@spec
class SequenceRollSpec(TransformSpec):
    """Moves a column by some positions."""

    target = "seqrec_transform_sequence.sequence_roll:SequenceRollTransform"
    field_name: str = required(help="column to move")
    roll: int = param(-1, help="positions to move by; negative moves to the left")
    padding_value: int = inherited(help="what fills positions that nothing moves into")

    def needs(self, split: str) -> Needs:
        """The column to move."""
        return Needs(columns=(self.field_name,))

    def columns_after(self, columns: frozenset[str]) -> frozenset[str] | None:
        """The same."""
        return columns


@spec
class EqualityMaskSpec(TransformSpec):
    """Joins a mask with the positions where a feature has a value."""

    target = "seqrec_transform_sequence.equality_mask:EqualityMaskTransform"
    feature_name: str = required(help="column to compare")
    equality_value: float = required(help="value to compare with")
    mode: Literal["and", "or", "xor"] = param("and", help="how both masks are joined")
    mask_name: str = param("target_padding_mask", help="mask to change, true where it counts")

    def needs(self, split: str) -> Needs:
        """The column to compare and the mask to change."""
        return Needs(columns=(self.feature_name, self.mask_name))

    def columns_after(self, columns: frozenset[str]) -> frozenset[str] | None:
        """The same."""
        return columns
