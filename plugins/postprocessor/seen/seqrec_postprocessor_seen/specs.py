"""The filter that takes what a user has already seen out of the recommendations."""

from seqrec_core.spec import Needs, PostprocessorSpec, inherited, param, spec


@spec
class SeenItemsSpec(PostprocessorSpec):
    """Removes the items that a user has already seen."""

    target = "seqrec_postprocessor_seen.seen_items:SeenItemsFilter"
    item_count: int = inherited("cardinality", help="items of the catalogue; other ids are padding")
    seen_items_column: str = param("seen_ids", help="batch column with the items a user has seen")

    def needs(self, split: str) -> Needs:
        """The items that users have seen, wherever something is ranked."""
        return Needs(columns=() if split == "train" else (self.seen_items_column,))
