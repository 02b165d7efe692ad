"""What an earlier run or data folder says: its ids, its features, how their values are encoded."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import polars as pl
import pyarrow as pa

from seqrec_core.bundle import LOCK, Bundle
from seqrec_core.data_folder import DataFolder
from seqrec_core.errors import DataError
from seqrec_core.schema import FeatureType
from seqrec_core.vocabulary import Vocabularies
from seqrec_tool_prepare.external_ids import likely_difference
from seqrec_tool_prepare.feature_choice import Feature, FeatureChoice
from seqrec_tool_prepare.option_checks import DECIDED
from seqrec_tool_prepare.survey import Survey

__all__ = ["KnownData", "column_of", "places", "refuse_foreign"]

_STATED = ("name", "type", "hint", "cardinality", "tensor_dim", "is_seq", "source", "column")
_OF_EVENTS, _OF_ITEMS, _OF_USERS = "interactions", "item_features", "query_features"


@attrs.frozen(eq=False)
class KnownData:
    """The ids and features at a place: row i of `items` is item i, row u of `users` is user u.

    `features` are those of the schema, as schema.json has them, `entries` what features.json says.
    """

    place: Path
    items: pa.Table
    users: pa.Table | None
    features: tuple[dict[str, Any], ...]
    entries: Mapping[str, Any]

    @classmethod
    def of(cls, place: Path) -> "KnownData":
        """That of a bundle or a data folder.

        Raises DataError where it is neither, or lacks what names its items or encodes its features,
        BundleError for a bundle that is damaged.
        """
        if (place / LOCK).is_file():
            bundle = Bundle.open(place)
            items, users = bundle.item_table, None
            entries: Mapping[str, Any] = bundle.features
            features = bundle.lock.get("schema", {}).get("features", ())
        elif place.is_dir():
            folder = DataFolder(place)
            features = folder.features()
            tables = Vocabularies.of_folder(folder)
            items, users, entries = tables.items, tables.users, tables.features or {}
        else:
            raise DataError(f"{place} is no run and no data folder; name one with --ids-from")
        if items is None:
            raise DataError(f"{place} has no items.parquet, which names the items; name another")
        stated = [{k: each[k] for k in _STATED if each.get(k) is not None} for each in features]
        known = cls(place, items, _in_order(users, place), tuple(stated), entries)
        known._check()
        return known

    def choice(self) -> FeatureChoice:
        """The features to keep, as options would choose them."""

        def of(source: str) -> tuple[Feature, ...]:
            return tuple(
                Feature(column_of(each), FeatureType(each["type"]))
                for each in self.features
                if each.get("source", _OF_EVENTS) == source
                and "hint" not in each
                and "buckets" not in self.entries[column_of(each)]
            )

        names = {column_of(each) for each in self.features if "hint" in each}
        return FeatureChoice(
            of(_OF_ITEMS),
            of(_OF_EVENTS),
            of(_OF_USERS),
            "timestamp" in names,
            any("buckets" in self.entries.get(column_of(each), {}) for each in self.features),
            "request_time" in names,
        )

    def entry(self, name: str) -> dict[str, Any]:
        """How a feature is encoded, and what a missing value of it becomes."""
        entry = dict(self.entries[name])
        size = next(each.get("tensor_dim", 1) for each in self.features if column_of(each) == name)
        missing = {
            FeatureType.CATEGORICAL: 0,
            FeatureType.CATEGORICAL_LIST: [],
            FeatureType.NUMERICAL: 0.0,
            FeatureType.NUMERICAL_LIST: [0.0] * size,
        }
        return {"missing": missing[FeatureType(entry["type"])], **entry}

    def arranged(self, survey: Survey, *, append: bool) -> tuple[Survey, dict[str, Any]]:
        """The survey with the known users first, as they are numbered; what is lost of it, and why.

        Events of unknown items are left out, unless `append` keeps them. Raises DataError where no
        item is known.
        """
        users, items = survey.users, survey.items
        if self.users is not None:
            known = self.users["user"].combine_chunks()
            users = users.with_columns(at=places(known, users["external"]))
            users = users.sort("at", nulls_last=True, maintain_order=True).drop("at")
        is_known = places(self.items["item"].combine_chunks(), items["external"]).is_not_null()
        if not is_known.any():
            texts = pl.Series(self.items["item"].combine_chunks()).cast(pl.String)
            present = items["external"].cast(pl.String)
            raise DataError(
                f"none of the {len(items):,} items of the file, such as {present[0]!r}, is among "
                f"those of {self.place}, such as {texts[0]!r}; {_difference(texts, present)}"
            )
        if append or is_known.all():
            return attrs.evolve(survey, users=users), {}
        lost = items.filter(~is_known)
        loss = {
            "reason": f"items that {self.place.name} does not know, such as {lost['external'][0]}",
            "items": len(lost),
            "events": int(lost["count"].cast(pl.Int64).sum()),
        }
        return attrs.evolve(survey, users=users, items=items.filter(is_known)), loss

    def _check(self) -> None:
        ids = [column_of(each) for each in self.features if each.get("hint") == "item_id"]
        if ids != ["item_id"]:
            raise DataError(
                f"{self.place} reads its items from column {', '.join(ids) or 'none'!r}, and "
                "prepared data has item_id; name a run on prepared data"
            )
        for each in self.features:
            name = column_of(each)
            if each.get("hint") in ("item_id", "query_id", "timestamp", "request_time"):
                continue
            if name not in self.entries:
                raise DataError(
                    f"{self.place}: features.json does not say how {name!r} was encoded; prepare "
                    "the data and train anew"
                )
            if each.get("source") == _OF_ITEMS and name not in self.items.column_names:
                raise DataError(
                    f"{self.place}: items.parquet has no column {name!r}, a feature of its items; "
                    "prepare the data and train anew"
                )


def column_of(feature: Mapping[str, Any]) -> str:
    """The column of prepared data that a feature is read from."""
    return str(feature.get("column") or feature["name"])


def places(known: pa.Array, externals: pl.Series) -> pl.Series:
    """Rows (N,) of ids among known ones, null for others; ids are equal where their text is."""
    table = pl.DataFrame({"text": pl.Series(known).cast(pl.String), "row": np.arange(len(known))})
    asked = externals.cast(pl.String).alias("text").to_frame()
    return asked.join(table, on="text", how="left", maintain_order="left")["row"]


def refuse_foreign(options: set[str], place: Path | None) -> None:
    """DataError for changed options that the data of --ids-from has decided already."""
    for name in DECIDED if place is not None else ():
        if name in options:
            raise DataError(
                f"--{name.replace('_', '-')} does not go with --ids-from: the features are those "
                f"of {place}; leave it out"
            )


def _in_order(users: pa.Table | None, place: Path) -> pa.Table | None:
    if users is None:
        return None
    users = users.sort_by("query_id")
    if not np.array_equal(users["query_id"].to_numpy(), np.arange(len(users))):
        raise DataError(
            f"{place}: users.parquet does not number its users 0, 1, 2 …; name the run, whose "
            "users are left out, or prepare the data again"
        )
    return users


def _difference(known: pl.Series, present: pl.Series) -> str:
    said = likely_difference(known, present)
    if said.startswith("they"):
        return f"{said.partition(';')[0]}; write them alike, or name another column with --item"
    return "name the column of the items with --item, or another --ids-from"
