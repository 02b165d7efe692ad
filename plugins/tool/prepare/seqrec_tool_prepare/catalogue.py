"""The users and items that were kept: their ids, the features of the items, the schema."""

from typing import Any

import attrs
import numpy as np
import polars as pl
import pyarrow as pa

from seqrec_tool_prepare.interactions import Survey
from seqrec_tool_prepare.item_features import ItemTable
from seqrec_tool_prepare.kcore import Core

__all__ = ["Catalogue"]


@attrs.frozen
class Catalogue:
    """External ids (U,) and (V,) in the order of the integer ids, and what keeps them.

    Integer ids follow the order of the external ones, so that they do not depend on the order
    of the file.
    """

    users: pl.Series
    items: pl.Series
    core: Core
    features: ItemTable | None = None

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
        return _numbered(self.core.users)[users], _numbered(self.core.items)[items]

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

    def users_table(self) -> pa.Table:
        """Row u is user u and its external id."""
        return pa.table(
            {"query_id": pa.array(np.arange(len(self.users))), "user": _external(self.users)}
        )

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


def _numbered(held: np.ndarray) -> np.ndarray:
    return np.cumsum(held) - 1


def _external(ids: pl.Series) -> pa.Array:
    return ids.to_arrow().cast(pa.string() if ids.dtype == pl.String else pa.int64())
