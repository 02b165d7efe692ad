"""Histories as people write them, read into the numbers that batches hold."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from itertools import pairwise
from typing import Any

import attrs

from seqrec_core.errors import DataError
from seqrec_core.schema import FeatureHint, FeatureSource, TensorFeatureInfo, TensorSchema
from seqrec_tool_recommend.raw_values import RawValues

__all__ = ["History", "HistoryReader", "is_of_items", "item_of", "moment"]

ITEM = "item"  # the key of an event that names its item
TIME = "timestamp"  # and its time, where no feature of the model holds it
_YEAR_10000 = 253_402_300_800  # in seconds: what is later is of another unit


@attrs.frozen
class History:
    """Events of one user, oldest first, as numbers.

    `items` are item ids; `events` has the values of each feature of events, as many as items,
    `user` those of each feature of users; `asked` is when the recommendation is asked for.
    """

    items: Sequence[int]
    events: Mapping[str, Sequence[Any]] = attrs.field(factory=dict)
    user: Mapping[str, Any] = attrs.field(factory=dict)
    asked: int = 0


class HistoryReader:
    """Reads histories of items, or of events that are mappings with more than their item.

    `id_of` tells the id of an item, None for one that is not known; `raw` reads values of features.
    A model that reads features of events needs them of every event, and their times where it reads
    these, or the gaps between them; features of users may be left out, and count as missing.
    """

    def __init__(
        self,
        schema: TensorSchema,
        id_of: Callable[[Any], int | None],
        raw: RawValues,
    ) -> None:
        self.id_of, self.raw = id_of, raw
        item, query = schema.item_id_feature_name, schema.query_id_feature_name or "query_id"
        others = [f for f in schema.all_features if f.name not in (item, query)]
        of_events = [f for f in others if f.is_seq and not is_of_items(f)]
        self.of_gaps = [f for f in of_events if raw.is_gap(f)]
        self.of_events = [f for f in of_events if f not in self.of_gaps and not _is_clock(f)]
        self.of_users = [f for f in others if not f.is_seq and not _is_request(f)]
        self.clock = next(
            (f.name for f in of_events if _is_clock(f)), TIME if self.of_gaps else None
        )

    def read(
        self,
        what: str,
        events: Sequence[Any],
        *,
        user: Mapping[str, Any] | None = None,
        asked: Any = None,
        skip_unknown: bool = False,
    ) -> History:
        """The history of events, oldest first; errors call it `what`.

        `asked` is by default the time of the last event. Raises DataError for an item that is not
        known, unless `skip_unknown` leaves it out, for a feature that is missing, or cannot be
        read, and for times that go back.
        """
        if isinstance(events, str | bytes | Mapping) or not isinstance(events, Iterable):
            kind = "text" if isinstance(events, str) else type(events).__name__
            raise TypeError(f"{what} is the {kind} {events!r}; give a list of items, or of events")
        events = list(events)
        if None in (items := [item_of(event) for event in events]):
            _refuse_nameless(what, events)
        ids = [self.id_of(item) for item in items]
        if not skip_unknown and None in ids:
            place = ids.index(None)
            raise DataError(
                f"{what}, place {place}: {items[place]!r} is no item that the model knows; leave "
                "it out, or let skip_unknown (--skip-unknown) do so"
            )
        known = [place for place, id_ in enumerate(ids) if id_ is not None]
        kept = [(f"{what}, place {place}", events[place]) for place in known]
        values = {
            feature.name: [
                self.raw.value(feature, self._of(feature.name, *each), each[0]) for each in kept
            ]
            for feature in self.of_events
        }
        times = self._times(what, kept)
        last = times[-1] if times else 0
        when = last if asked is None else self._moment(asked, f"{what}: the time of the request")
        if times and when < last:
            at_last = self._of(str(self.clock), *kept[-1])
            raise DataError(
                f"{what}: it is asked at {asked!r}, before its last event, at {at_last!r}; ask at "
                "that time or later"
            )
        values |= {feature.name: self.raw.gaps(feature, times) for feature in self.of_gaps}
        values |= {self.clock: times} if self.clock else {}
        features = self._user(user, what)
        return History([id_ for id_ in ids if id_ is not None], values, features, when)

    def _of(self, name: str, where: str, event: Any) -> Any:
        """What an event has by this name; DataError where it has nothing."""
        if isinstance(event, Mapping) and name in event:
            return event[name]
        names = [feature.name for feature in self.of_events] + ([self.clock] if self.clock else [])
        raise DataError(
            f"{where}: {event!r} has no {name!r}; the model reads {', '.join(map(repr, names))} of "
            f'events: give each as {{"{ITEM}": …, "{name}": …}}'
        )

    def _times(self, what: str, kept: Sequence[tuple[str, Any]]) -> list[int]:
        """The times of events, where they are read."""
        name = self.clock
        if name is None:
            return []
        times = [self._moment(self._of(name, *each), f"{each[0]}: {name!r}") for each in kept]
        for place, (earlier, later) in enumerate(pairwise(times), start=1):
            if later < earlier:
                where, event = kept[place]
                raise DataError(
                    f"{where}: its times go back, to {self._of(name, where, event)!r}; give the "
                    "events oldest first"
                )
        return times

    def _moment(self, value: Any, what: str) -> int:
        """The number of a time; DataError for one of another form or unit than the data's."""
        number = moment(value, what)
        name = self.clock or TIME
        if self.raw.has_bare_times(name) and not _is_number(value):
            raise DataError(f"{what} is {value!r}, and the times of the data are numbers; give one")
        if self.raw.has_seconds(name) and number >= _YEAR_10000:
            raise DataError(f"{what} is {value!r}, after the year 9999; give seconds, or a date")
        return number

    def _user(self, user: Mapping[str, Any] | None, what: str) -> dict[str, Any]:
        user = {} if user is None else user
        names = [feature.name for feature in self.of_users]
        if not isinstance(user, Mapping):
            raise DataError(f"{what}: the user is {user!r}; give a mapping of {names}")
        if unknown := sorted(set(user) - set(names)):
            raise DataError(
                f"{what}: the user has {unknown}; the model reads {names} of users: give these, or "
                "none"
            )
        return {
            feature.name: self.raw.value(feature, user.get(feature.name), f"{what}: the user")
            for feature in self.of_users
        }

    def unknown_values(
        self, events: Sequence[Any], user: Mapping[str, Any] | None = None
    ) -> dict[str, list[Any]]:
        """The categories, by feature, that the data does not have: they count as missing."""
        owners = [event for event in events if isinstance(event, Mapping)]
        pairs = [(feature, owner) for feature in self.of_events for owner in owners]
        pairs += [(feature, user or {}) for feature in self.of_users]
        unknown: dict[str, list[Any]] = {}
        for feature, owner in pairs:
            if values := self.raw.unknown(feature, owner.get(feature.name)):
                unknown.setdefault(feature.name, []).extend(values)
        return unknown


def _refuse_nameless(what: str, events: Sequence[Any]) -> None:
    """DataError for an event that is a mapping and does not say its item."""
    for place, event in enumerate(events):
        if isinstance(event, Mapping) and ITEM not in event:
            raise DataError(
                f'{what}, place {place}: {event!r} has no {ITEM!r}; add it: {{"{ITEM}": …}}'
            )


def item_of(event: Any) -> Any:
    """The item of an event, None for an event without one."""
    return event.get(ITEM) if isinstance(event, Mapping) else event


def is_of_items(feature: TensorFeatureInfo) -> bool:
    """Whether a feature is one of items, which an event has from its item."""
    source = feature.feature_source
    return source is not None and source.source is FeatureSource.ITEM_FEATURES


def moment(value: Any, what: str) -> int:
    """Whole seconds of a time: a number as it is, a date, or text that holds either.

    A date without a zone is of UTC. Raises DataError, which calls the value `what`.
    """
    try:
        if isinstance(value, str):
            text = value.strip()
            number = text.lstrip("+-").replace(".", "", 1).isdigit()
            value = float(text) if number else datetime.fromisoformat(text)
        if isinstance(value, bool):
            raise TypeError
        if isinstance(value, date) and not isinstance(value, datetime):
            value = datetime(value.year, value.month, value.day)
        if isinstance(value, datetime):
            zoned = value if value.tzinfo else value.replace(tzinfo=UTC)
            value = zoned.timestamp()
        return int(value // 1)
    except (TypeError, ValueError, OverflowError):
        raise DataError(
            f"{what} is {value!r}; give seconds, or a date such as 2026-01-31T12:00"
        ) from None


def _is_number(value: Any) -> bool:
    try:
        float(value)
    except (TypeError, ValueError):
        return False
    return True


def _is_clock(feature: TensorFeatureInfo) -> bool:
    return feature.feature_hint is FeatureHint.TIMESTAMP


def _is_request(feature: TensorFeatureInfo) -> bool:
    return feature.feature_hint is FeatureHint.REQUEST_TIME
