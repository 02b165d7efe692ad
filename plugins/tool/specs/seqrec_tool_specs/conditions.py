"""What data may have to be like, for a variant of a preset to apply; and what it is like."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from seqrec_core.data_folder import DataFolder
from seqrec_core.errors import DataError
from seqrec_core.reading.json_text import object_of_file
from seqrec_core.spec import Record, param, spec

__all__ = ["Conditions", "Facts", "facts_of"]

COUNTS = ("users", "items", "events")


class Facts(NamedTuple):
    """What is known of data: counts by name, and the names and hints of its features."""

    counts: Mapping[str, int]
    features: frozenset[str]


@spec
class Conditions(Record):
    """Data has to fulfil all that are set; a count that nobody knows fulfils none."""

    users_below: int | None = param(None, ge=1, help="fewer users than this")
    users_from: int | None = param(None, ge=1, help="at least as many users")
    items_below: int | None = param(None, ge=1, help="fewer items than this")
    items_from: int | None = param(None, ge=1, help="at least as many items")
    events_below: int | None = param(None, ge=1, help="fewer events than this")
    events_from: int | None = param(None, ge=1, help="at least as many events")
    has_feature: str | tuple[str, ...] = param((), help="features of these names or hints")
    lacks_feature: str | tuple[str, ...] = param((), help="none of these names or hints")

    def hold(self, facts: Facts) -> bool:
        """Whether data is as they say."""
        return all(self._each(facts))

    def _each(self, facts: Facts) -> Iterable[bool]:
        bounds = {
            "users": (self.users_below, self.users_from),
            "items": (self.items_below, self.items_from),
            "events": (self.events_below, self.events_from),
        }
        for name, (below, start) in bounds.items():
            count = facts.counts.get(name)
            yield below is None or (count is not None and count < below)
            yield start is None or (count is not None and count >= start)
        yield facts.features.issuperset(_names(self.has_feature))
        yield facts.features.isdisjoint(_names(self.lacks_feature))


def _names(features: str | tuple[str, ...]) -> tuple[str, ...]:
    return (features,) if isinstance(features, str) else features


def facts_of(folder: DataFolder) -> Facts:
    """What a data folder says of itself, as far as it does.

    Where its defaults.json has no counts, that of items is the cardinality of the item id. Raises
    DataError for facts that are none, and what reading the files raises.
    """
    features = [each for each in folder.features() or () if isinstance(each, Mapping)]
    names = {str(each[key]) for each in features for key in ("name", "hint") if each.get(key)}
    counts = dict(_item_count(features)) | _stated(folder)
    return Facts(counts, frozenset(names))


def _item_count(features: Iterable[Mapping[str, Any]]) -> Iterable[tuple[str, int]]:
    for feature in features:
        if feature.get("hint") == "item_id" and isinstance(feature.get("cardinality"), int):
            yield "items", feature["cardinality"]


def _stated(folder: DataFolder) -> dict[str, int]:
    file = object_of_file(folder.defaults) if folder.defaults.is_file() else {}
    facts = file.get("facts", {})
    if not isinstance(facts, dict):
        raise DataError(f"{folder.defaults}: facts is {facts!r}; make it an object, or remove it")
    stated = {name: facts[name] for name in COUNTS if facts.get(name) is not None}
    for name, value in stated.items():
        if type(value) is not int or value < 0:
            raise DataError(
                f"{folder.defaults}: facts.{name} is {value!r}; make it a whole number, or "
                "remove it"
            )
    return stated
