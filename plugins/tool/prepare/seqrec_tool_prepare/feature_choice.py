"""Which columns are features: what the options for items, events and users ask for."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

import attrs

from seqrec_core.errors import DataError
from seqrec_core.schema import FeatureType

__all__ = ["LISTS", "Feature", "FeatureChoice", "choose_features"]

LISTS = (FeatureType.CATEGORICAL_LIST, FeatureType.NUMERICAL_LIST)
_TYPES = {kind.value: kind for kind in FeatureType} | {"list": FeatureType.CATEGORICAL_LIST}
_COLUMNS = ("item_id", "query_id", "timestamp", "request_time", "ground_truth", "seen_ids", "train")
_RESERVED = {
    "item": {*_COLUMNS, "item", "count"} - {"request_time"},
    "event": {*_COLUMNS},
    "user": {*_COLUMNS, "user"},
}


@attrs.frozen
class Feature:
    """A column of a file and what to make of it."""

    name: str
    type: FeatureType


@attrs.frozen
class FeatureChoice:
    """What is kept beside the ids of events: columns of three files, and what times tell.

    `times` keeps the times of events as a feature, `gaps` makes one of the time between them,
    `request_time` one of the time that a row is asked at.
    """

    items: tuple[Feature, ...] = ()
    events: tuple[Feature, ...] = ()
    users: tuple[Feature, ...] = ()
    times: bool = False
    gaps: bool = False
    request_time: bool = False


def choose_features(options: Mapping[str, Any]) -> FeatureChoice:
    """What the options ask for; DataError that lists every part that cannot be had."""
    faults: list[str] = []
    roles = {
        role: _features(role, options.get(f"{role}_features") or "", faults) for role in _RESERVED
    }
    names = Counter(feature.name for features in roles.values() for feature in features)
    for name, count in names.items():
        owners = [role for role, features in roles.items() if name in {f.name for f in features}]
        if len(owners) > 1:
            faults.append(
                f"{name!r} is a feature of {' and '.join(f'{role}s' for role in owners)}; rename "
                "the column of one file"
            )
        elif count > 1:
            faults.append(f"{owners[0]} feature {name!r} is named twice; give it one type")
    if options.get("time_gaps") and "time_gap" in names:
        faults.append("'time_gap' is what --time-gaps makes; rename the column of the file")
    if faults:
        raise DataError("; ".join(dict.fromkeys(faults)))
    return FeatureChoice(
        roles["item"],
        roles["event"],
        roles["user"],
        bool(options.get("keep_time")),
        bool(options.get("time_gaps")),
        bool(options.get("request_time")),
    )


def _features(role: str, text: str, faults: list[str]) -> tuple[Feature, ...]:
    """Read "genres:list,year:numerical"; what is wrong is added to the faults."""
    features = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, _, kind = part.rpartition(":")
        if not name or kind not in _TYPES:
            faults.append(
                f"{role} feature {part!r}: write column:type, with a type of {', '.join(_TYPES)}"
            )
            continue
        if name in _RESERVED[role] or name.endswith("_mask"):
            faults.append(
                f"{role} feature {name!r}: the data folder has a column of that name; "
                "rename the column of the file"
            )
        features.append(Feature(name, _TYPES[kind]))
    return tuple(features)
