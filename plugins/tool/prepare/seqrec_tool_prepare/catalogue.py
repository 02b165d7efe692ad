"""The users and items that were kept: their ids, the features of the items, the schema."""

from collections.abc import Mapping
from typing import Any

import attrs
import numpy as np
import polars as pl
import pyarrow as pa

from seqrec_tool_prepare.external_ids import external
from seqrec_tool_prepare.kcore import Core
from seqrec_tool_prepare.side_features import SideTable
from seqrec_tool_prepare.survey import Survey

__all__ = ["Catalogue"]


@attrs.frozen
class Catalogue:
    """External ids (U,) and (V,) in the order of the integer ids, and what keeps them.

    Integer ids follow the order of the external ones, so that they do not depend on the order
    of the file. `places` (V,) are the ids of the items of the events, where the catalogue has
    others, too.
    """

    users: pl.Series
    items: pl.Series
    core: Core
    features: SideTable | None = None
    places: np.ndarray | None = None

    @classmethod
    def of(cls, survey: Survey, core: Core) -> "Catalogue":
        """The ids that the core holds."""
        return cls(
            survey.users["external"].filter(pl.Series(core.users)),
            survey.items["external"].filter(pl.Series(core.items)),
            core,
        )

    def ids(self, users: np.ndarray, items: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Integer ids of users and items that were kept, from their rows in the survey."""
        ids = self.core.item_numbers[items]
        ids = ids if self.places is None else self.places[ids]
        return self.core.user_numbers[users], ids

    def with_items(self, others: pl.Series) -> "Catalogue":
        """The catalogue with items of these texts, too; all are put in order anew."""
        own = self.items.cast(pl.String)
        items = pl.concat([own, others]).unique()
        items = (items if self.items.dtype == pl.String else external(items)).sort()
        numbers = pl.DataFrame({"text": items.cast(pl.String), "id": np.arange(len(items))})
        places = (
            own.alias("text").to_frame().join(numbers, on="text", how="left", maintain_order="left")
        )
        return attrs.evolve(self, items=items, places=places["id"].to_numpy())

    def new_ids(self) -> dict[str, int]:
        """How many users and items have ids of their own here."""
        return {"users": len(self.users), "items": len(self.items)}

    def feature_values(self) -> dict[str, pa.Array]:
        """Encoded values (V,) of each side feature."""
        features = self.features.features if self.features else {}
        return {name: encoded.values for name, encoded in features.items()}

    def items_table(self, train_counts: np.ndarray) -> pa.Table:
        """Row i is item i: its external id, its training events, its features."""
        columns = {
            "item_id": pa.array(np.arange(len(self.items))),
            "item": _external(self.items),
            "count": pa.array(train_counts),
        }
        return pa.table(columns | self.feature_values())

    def users_table(self, features: Mapping[str, pa.Array] | None = None) -> pa.Table:
        """Row u is user u: its external id, its features (U,) where there are any."""
        ids = {"query_id": pa.array(np.arange(len(self.users))), "user": _external(self.users)}
        return pa.table(ids | dict(features or {}))

    def schema(self) -> dict[str, Any]:
        """The content of schema.json."""
        item_id = {
            "name": "item_id",
            "type": "categorical",
            "hint": "item_id",
            "cardinality": len(self.items),
            "is_seq": True,
            "source": "interactions",
        }
        sides = [
            {"name": name, "type": kind.value, **encoded.sizes}
            | {"is_seq": True, "source": "item_features"}
            for name, kind, encoded in self._features()
        ]
        return {"features": [item_id, *sides]}

    def encodings(self) -> dict[str, Any]:
        """The content of features.json: how each side feature was encoded."""
        return {
            name: {"type": kind.value, **encoded.encoding}
            for name, kind, encoded in self._features()
        }

    def _features(self) -> list[tuple[str, Any, Any]]:
        if self.features is None:
            return []
        types = self.features.types
        return [(name, types[name], enc) for name, enc in self.features.features.items()]


def _external(ids: pl.Series) -> pa.Array:
    return ids.to_arrow().cast(pa.string() if ids.dtype == pl.String else pa.int64())
