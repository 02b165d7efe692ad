"""A catalogue that goes on from an earlier one: known users and items keep their numbers."""

from collections.abc import Mapping
from typing import Any

import attrs
import numpy as np
import polars as pl
import pyarrow as pa

from seqrec_tool_prepare.catalogue import Catalogue
from seqrec_tool_prepare.kcore import Core
from seqrec_tool_prepare.known_data import KnownData, places
from seqrec_tool_prepare.known_encodings import missing_values
from seqrec_tool_prepare.survey import Survey

__all__ = ["ContinuedCatalogue", "is_of_items"]


@attrs.frozen
class ContinuedCatalogue(Catalogue):
    """All known users and items, then new ones in the order of their ids.

    `user_numbers` and `item_numbers` are the integer ids of the rows of the survey, of no meaning
    where the core does not hold them.
    """

    known: KnownData = attrs.field(kw_only=True)
    user_numbers: np.ndarray = attrs.field(kw_only=True)
    item_numbers: np.ndarray = attrs.field(kw_only=True)

    @classmethod
    def continued(cls, known: KnownData, survey: Survey, core: Core) -> "ContinuedCatalogue":
        """That of what the core holds, with all that is known."""
        before = None if known.users is None else known.users["user"].combine_chunks()
        users, user_numbers = _numbered(before, survey.users["external"], core.users)
        before = known.items["item"].combine_chunks()
        items, item_numbers = _numbered(before, survey.items["external"], core.items)
        return cls(
            users,
            items,
            core,
            known=known,
            user_numbers=user_numbers,
            item_numbers=item_numbers,
        )

    @property
    def new_items(self) -> pl.Series:
        """Ids of the items that were not known."""
        return self.items[len(self.known.items) :]

    def ids(self, users: np.ndarray, items: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Integer ids of users and items that were kept, from their rows in the survey."""
        return self.user_numbers[users], self.item_numbers[items]

    def new_ids(self) -> dict[str, int]:
        """How many users and items were not known."""
        known = 0 if self.known.users is None else len(self.known.users)
        return {"users": len(self.users) - known, "items": len(self.new_items)}

    def feature_values(self) -> dict[str, pa.Array]:
        """Encoded values (V,) of each side feature: as they were, and those of new items."""
        values = {}
        for feature in self.known.choice().items:
            before = self.known.items[feature.name].combine_chunks()
            if self.features is not None:
                after = self.features.features[feature.name].values
            else:
                entry = self.known.entry(feature.name)
                after = missing_values(entry, feature, len(self.new_items)).values
            values[feature.name] = pa.concat_arrays([before, after.cast(before.type)])
        return values

    def items_table(self, train_counts: np.ndarray) -> pa.Table:
        """The known table as it is; with new items one that counts the training of this data."""
        if not len(self.new_items):
            return self.known.items
        return super().items_table(train_counts)

    def schema(self) -> dict[str, Any]:
        """The features of items as they were; the number of items as it is."""
        features = [each for each in self.known.features if is_of_items(each)]
        for place, each in enumerate(features):
            if each.get("hint") == "item_id":
                features[place] = each | {"cardinality": len(self.items)}
        return {"features": features}

    def encodings(self) -> dict[str, Any]:
        """The encodings of all features, as they were."""
        return dict(self.known.entries)


def is_of_items(feature: Mapping[str, Any]) -> bool:
    """Whether items have the feature, or it is the item itself."""
    return feature.get("hint") == "item_id" or feature.get("source") == "item_features"


def _numbered(
    known: pa.Array | None, externals: pl.Series, held: np.ndarray
) -> tuple[pl.Series, np.ndarray]:
    """All ids, the known ones first, and the number of each row (N,) among them."""
    known = pa.array([], pa.int64()) if known is None else known
    rows = places(known, externals)
    is_new = rows.is_null().to_numpy() & held
    numbers = rows.fill_null(0).to_numpy() + np.zeros(len(rows), np.int64)
    numbers[is_new] = len(known) + np.arange(is_new.sum())
    new = externals.filter(pl.Series(is_new))
    before = pl.Series(known).rename(new.name)
    if not len(before) or not len(new):
        return (before if len(before) else new), numbers
    if new.dtype != before.dtype:
        before, new = before.cast(pl.String), new.cast(pl.String)
    return pl.concat([before, new]), numbers
