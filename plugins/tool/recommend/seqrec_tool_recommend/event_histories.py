"""Histories as people write them, read into the numbers that batches hold."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from itertools import pairwise
from typing import Any

import attrs

from seqrec_core.errors import DataError
from seqrec_core.schema import FeatureHint, FeatureSource, TensorFeatureInfo, TensorSchema
from seqrec_tool_recommend.raw_values import RawValues
from seqrec_tool_recommend.reading_error import Place, ReadingError, UnknownItemError

__all__ = ["History", "HistoryReader", "is_of_items", "item_of", "moment"]

ITEM = "item"  # the key of an event that names its item
TIME = "timestamp"  # and its time, where no feature of the model holds it
_LARGEST = 2**62  # of seconds: differences of two fit 64 bits
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

        `asked` is by default the time of the last event. Raises UnknownItemError for an item that
        is not known, unless `skip_unknown` leaves it out, and ReadingError for a feature that is
        missing, or cannot be read, and for times that go back.
        """
        if isinstance(events, str | bytes | Mapping) or not isinstance(events, Iterable):
            kind = "text" if isinstance(events, str) else type(events).__name__
            raise TypeError(f"{what} is the {kind} {events!r}; give a list of items, or of events")
        events = list(events)
        if None in (items := [item_of(event) for event in events]):
            _refuse_nameless(what, events)
        ids = [self.id_of(item) for item in items]
        if not skip_unknown and None in ids:
            number = ids.index(None)
            raise UnknownItemError(Place(what, number=number), items[number])
        known = [number for number, id_ in enumerate(ids) if id_ is not None]
        values: dict[str, Sequence[Any]] = {}
        times: list[int] = []
        if self.of_events or self.clock:
            kept = [(Place(what, number=number), events[number]) for number in known]
            for feature in self.of_events:
                of_all = ((place, self._of(feature.name, place, event)) for place, event in kept)
                values[feature.name] = [self._value(feature, *each) for each in of_all]
            times = self._times(kept)
        when = self._asked(asked, Place(what, "at"), times, events[known[-1]] if known else None)
        values |= {feature.name: self.raw.gaps(feature, times) for feature in self.of_gaps}
        values |= {self.clock: times} if self.clock else {}
        features = self._user(user, Place(what, "user"))
        return History([id_ for id_ in ids if id_ is not None], values, features, when)

    def _of(self, name: str, place: Place, event: Any) -> Any:
        """What an event has by this name; ReadingError where it has nothing."""
        if isinstance(event, Mapping) and name in event:
            return event[name]
        names = [feature.name for feature in self.of_events] + ([self.clock] if self.clock else [])
        raise ReadingError(
            place,
            f"{event!r} has no {name!r}; the model reads {', '.join(map(repr, names))} of "
            f'events: give each as {{"{ITEM}": …, "{name}": …}}',
        )

    def _value(self, feature: TensorFeatureInfo, place: Place, value: Any) -> Any:
        """The number of a value; ReadingError for none."""
        try:
            return self.raw.value(feature, value)
        except DataError as cause:
            owner = "the user: " if place.part == "user" else ""
            raise ReadingError(place, f"{owner}{cause}") from None

    def _times(self, kept: Sequence[tuple[Place, Any]]) -> list[int]:
        """The times of events, where they are read."""
        name = self.clock
        if name is None:
            return []
        values = [self._of(name, *each) for each in kept]
        places = [place for place, _ in kept]
        what = repr(name)
        times = [
            self._moment(value, what, place) for value, place in zip(values, places, strict=True)
        ]
        for number, (earlier, later) in enumerate(pairwise(times), start=1):
            if later < earlier:
                raise ReadingError(
                    places[number],
                    f"its times go back, to {values[number]!r}; give the events oldest first",
                )
        return times

    def _asked(self, asked: Any, place: Place, times: Sequence[int], event: Any) -> int:
        """When a recommendation is asked for, which is never before the last event."""
        last = times[-1] if times else 0
        if asked is None:
            return last
        when = self._moment(asked, "the time of the request", place)
        if times and when < last:
            at_last = self._of(str(self.clock), place, event)
            raise ReadingError(
                place,
                f"it is asked at {asked!r}, before its last event, at {at_last!r}; ask at that "
                "time or later",
            )
        return when

    def _moment(self, value: Any, what: str, place: Place) -> int:
        """The number of a time; ReadingError for one of another form or unit than the data's."""
        try:
            number = moment(value, what)
        except DataError as cause:
            raise ReadingError(place, str(cause)) from None
        name = self.clock or TIME
        if self.raw.has_bare_times(name) and not _is_number(value):
            said = f"{what} is {value!r}, and the times of the data are numbers; give one"
            raise ReadingError(place, said)
        if self.raw.has_seconds(name) and number >= _YEAR_10000:
            said = f"{what} is {value!r}, after the year 9999; give seconds, or a date"
            raise ReadingError(place, said)
        return number

    def _user(self, user: Mapping[str, Any] | None, place: Place) -> dict[str, Any]:
        user = {} if user is None else user
        names = [feature.name for feature in self.of_users]
        if not isinstance(user, Mapping):
            raise ReadingError(place, f"the user is {user!r}; give a mapping of {names}")
        if unknown := sorted(set(user) - set(names), key=str):
            raise ReadingError(
                place,
                f"the user has {unknown}; the model reads {names} of users: give these, or none",
            )
        return {
            feature.name: self._value(feature, place, user.get(feature.name))
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
    """ReadingError for an event that is a mapping and does not say its item."""
    for number, event in enumerate(events):
        if isinstance(event, Mapping) and ITEM not in event:
            said = f'{event!r} has no {ITEM!r}; add it: {{"{ITEM}": …}}'
            raise ReadingError(Place(what, number=number), said)


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
        seconds = int(value // 1)
        if abs(seconds) > _LARGEST:
            raise OverflowError
    except (TypeError, ValueError, OverflowError):
        raise DataError(
            f"{what} is {value!r}; give seconds, or a date such as 2026-01-31T12:00"
        ) from None
    return seconds


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
