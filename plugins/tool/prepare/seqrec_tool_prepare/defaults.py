"""What a spec for this data should start with, as defaults.json holds it for `seqrec init`."""

from typing import Any

import numpy as np

__all__ = ["facts", "is_repeat_consumption", "lengths_report", "spec_defaults"]

_STEP, _SHARE, _MOST = 50, 0.95, 500
_SEEN = 0.5


def spec_defaults(report: dict[str, Any]) -> dict[str, Any]:
    """Settings that differ from data set to data set: of model, data and what is filtered.

    Where items without any event are kept, they are measured, too.
    """
    length = report["lengths"]["max_sequence_length"]
    data = {"tie_column": "timestamp"} if report["order"]["tied"] else {}
    defaults: dict[str, Any] = {"model": {"max_sequence_length": length}, "data": data}
    if report["settings"].get("all_items"):
        defaults["trainer"] = {"metrics": {"cold": "items.parquet:count"}}
    return defaults | ({"postprocessors": []} if is_repeat_consumption(report) else {})


def facts(report: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """What presets choose by: sizes of the data, its features, and whether times are known."""
    features = schema["features"]
    return {
        "users": report["kept"]["users"],
        "items": features[0]["cardinality"],
        "events": report["kept"]["events"],
        "max_sequence_length": report["lengths"]["max_sequence_length"],
        "features": [feature["name"] for feature in features],
        "has_time": report["order"]["by"] == "timestamp",
    }


def is_repeat_consumption(report: dict[str, Any]) -> bool:
    """Whether the filter of seen items would take out half of the targets of a split, or more."""
    splits = (report["splits"][name] for name in ("validate", "test"))
    return any(one["events"] and one["seen_events"] >= _SEEN * one["events"] for one in splits)


def lengths_report(users_by_length: np.ndarray) -> dict[str, Any]:
    """How many events of each user a model should see: those before are lost to it.

    Entry n of `users_by_length` counts the users with n training events. `max_sequence_length` is
    the smallest multiple of 50, at most 500, that holds 95 % of all these events; `held` is the
    share that it does hold.
    """
    users_longer = users_by_length[::-1].cumsum()[::-1][1:]
    events_held = np.append(0, users_longer.cumsum())
    needed = int(np.searchsorted(events_held, _SHARE * events_held[-1]))
    length = min(_MOST, max(1, -(-needed // _STEP)) * _STEP)
    longest = len(users_by_length) - 1
    held = events_held[min(length, longest)] / max(1, events_held[-1])
    return {"longest": longest, "max_sequence_length": length, "held": round(float(held), 3)}
