"""What is kept beside ids and item features, as an earlier run or data folder has it."""

from collections.abc import Mapping
from typing import Any

import attrs
import numpy as np
import polars as pl
import pyarrow as pa

from seqrec_core.errors import DataError
from seqrec_core.schema import FeatureType
from seqrec_tool_prepare.continued_catalogue import is_of_items
from seqrec_tool_prepare.kept_features import KeptFeatures
from seqrec_tool_prepare.known_data import KnownData, column_of
from seqrec_tool_prepare.known_encodings import missing_values
from seqrec_tool_prepare.side_features import SideTable
from seqrec_tool_prepare.timestamps import Clock

__all__ = ["ContinuedFeatures", "check_clock", "user_values"]


@attrs.frozen
class ContinuedFeatures(KeptFeatures):
    """The features of events and users that the known data has; `new_ids` counts new ids."""

    known: KnownData = attrs.field(kw_only=True)
    new_ids: Mapping[str, int] = attrs.field(kw_only=True)

    def schema(self) -> list[dict[str, Any]]:
        """The features as they were."""
        return [each for each in self.known.features if not is_of_items(each)]

    def encodings(self) -> dict[str, Any]:
        """Nothing: the catalogue has them all."""
        return {}

    def report(self) -> dict[str, Any]:
        """What report.json says, with new ids, and the categories of users that are unknown."""
        counts = super().report()
        features = self.users.features.items() if self.users else ()
        if unknown := {name: each.unknown for name, each in features if each.unknown}:
            counts["user_features"]["unknown"] = unknown
        return counts | {"new_ids": dict(self.new_ids)}


def check_clock(known: KnownData, clock: Clock | None) -> None:
    """DataError where the known data has times as a feature, and the file none, or other ones."""
    choice = known.choice()
    if not (choice.times or choice.gaps or choice.request_time):
        return
    if clock is None:
        raise DataError(
            f"{known.place} has times as a feature, and the file is read without; name its column "
            "with --timestamp"
        )
    entries = [known.entries.get(column_of(each), {}) for each in known.features]
    units = {entry["unit"] for entry in entries if "unit" in entry}
    unit = "second" if clock.is_date else None
    if units - {unit}:
        raise DataError(
            f"{known.place} has times {_form(next(iter(units)))}, and the file has times "
            f"{_form(unit)}; write them alike"
        )


def user_values(
    known: KnownData, side: SideTable | None, texts: pl.Series | None, users: pl.Series
) -> SideTable:
    """Features of all `users` (U,): as they were, where no file says otherwise; else missing.

    `side` are those that a file of users has for them, with a row for each of `texts`.
    """
    count = 0 if known.users is None else len(known.users)
    is_old = np.arange(len(users)) < count
    if texts is not None:
        is_old &= ~users.cast(pl.String).is_in(texts.implode()).to_numpy()
    features = {}
    for feature in known.choice().users:
        entry = known.entry(feature.name)
        encoded = missing_values(entry, feature, len(users))
        encoded = side.features[feature.name] if side else encoded
        if known.users is not None and feature.name in known.users.column_names:
            before = known.users[feature.name].combine_chunks().cast(encoded.values.type)
            rows = np.arange(len(users)) + np.where(is_old, 0, count)
            values = pa.concat_arrays([before, encoded.values]).take(pa.array(rows))
            encoded = attrs.evolve(
                encoded, values=values, missing=encoded.missing - int(is_old.sum())
            )
        features[feature.name] = encoded
    types: dict[str, FeatureType] = {each.name: each.type for each in known.choice().users}
    if side is not None:
        without_row = side.without_row - int(is_old.sum())
        return attrs.evolve(
            side, features=features, without_row=without_row, example_without_row=None
        )
    return SideTable(features, types, 0, 0)


def _form(unit: str | None) -> str:
    return "that are dates" if unit else "that are plain numbers"
