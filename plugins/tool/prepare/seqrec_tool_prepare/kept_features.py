"""What is kept beside ids and item features: of events, of users, and times."""

from typing import Any

import attrs
import pyarrow as pa

from seqrec_tool_prepare.event_encodings import TIME_GAP, EventEncodings
from seqrec_tool_prepare.feature_choice import FeatureChoice
from seqrec_tool_prepare.side_features import SideTable
from seqrec_tool_prepare.timestamps import Clock

__all__ = ["KeptFeatures"]

_EVENTS, _USERS = "interactions", "query_features"


@attrs.frozen
class KeptFeatures:
    """Features of events and users as they are encoded; nothing by default."""

    choice: FeatureChoice = FeatureChoice()
    events: EventEncodings = EventEncodings()
    users: SideTable | None = None
    clock: Clock | None = None

    @property
    def request_time(self) -> int | None:
        """The time of the last event of all, where rows get a time that they are asked at."""
        return self.events.last if self.choice.request_time else None

    def user_values(self) -> dict[str, pa.Array]:
        """Encoded values (U,) of each feature of users."""
        features = self.users.features if self.users else {}
        return {name: encoded.values for name, encoded in features.items()}

    def schema(self) -> list[dict[str, Any]]:
        """The features as schema.json has them."""
        events = {"is_seq": True, "source": _EVENTS}
        users = {"is_seq": False, "source": _USERS}
        types = self.users.types if self.users else {}
        return [
            *([_time("timestamp") | events] * self.choice.times),
            *(
                {"name": name, "type": kind.value, **self.events.sizes[name]} | events
                for name, kind in self.events.types().items()
            ),
            *(
                {"name": name, "type": kind.value, **self._user(name).sizes} | users
                for name, kind in types.items()
            ),
            *([_time("request_time") | users] * self.choice.request_time),
        ]

    def encodings(self) -> dict[str, Any]:
        """The features as features.json has them."""
        entries: dict[str, Any] = {}
        for feature in self.schema():
            name, source = feature["name"], feature["source"]
            if "hint" in feature:
                is_date = self.clock is not None and self.clock.is_date
                own: dict[str, Any] = {"unit": "second" if is_date else None}
            elif source == _EVENTS:
                own = self.events.entries[name]
            else:
                own = self._user(name).encoding
                own = own if "missing" in own else own | {"missing": _missing(feature)}
            entries[name] = {"type": feature["type"], "source": source, **own}
        return entries

    def report(self) -> dict[str, Any]:
        """What report.json says; nothing where nothing is kept."""
        if not self.schema():
            return {}
        counts: dict[str, Any] = {
            "features": {
                one["name"]: {"type": one["type"], "source": one["source"]} for one in self.schema()
            }
        }
        if self.choice.events:
            counts["event_features"] = {
                "missing": self.events.missing,
                "unknown": self.events.unknown,
            }
        if self.choice.gaps:
            counts["time_gap_buckets"] = self.events.entries[TIME_GAP]["buckets"]
        if self.users is not None:
            counts["user_features"] = {
                "users_without_row": self.users.without_row,
                "rows_without_events": self.users.without_events,
                "examples": [self.users.example_without_row, self.users.example_without_events],
                "missing": {name: one.missing for name, one in self.users.features.items()},
            }
        return counts

    def _user(self, name: str) -> Any:
        assert self.users is not None
        return self.users.features[name]


def _time(name: str) -> dict[str, Any]:
    return {"name": name, "type": "numerical", "hint": name}


def _missing(feature: dict[str, Any]) -> Any:
    """What prepare writes for a missing value of a feature of users."""
    return {
        "categorical": 0,
        "categorical_list": [],
        "numerical": 0.0,
        "numerical_list": [0.0] * feature.get("tensor_dim", 1),
    }[feature["type"]]
