"""Values of a feature as numbers and back, by its entry in features.json of prepared data.

An entry has a `type` and, where it is not one of items, a `source`. `values` are the categories in
the order of their ids, None among them where one id is kept for what is missing or unknown; `mean`
and `standard_deviation` are those that numbers are standardised by; `buckets` is the number of
buckets of a time gap; `unit` is that of times, which stay as they are. `missing` is what a missing
value becomes.
"""

import math
from collections.abc import Hashable, Iterable, Mapping, Sequence
from itertools import islice
from typing import Any

from seqrec_core.errors import DataError
from seqrec_core.schema import FeatureType

__all__ = ["category_ids", "decode", "encode", "gaps", "standardised", "unknown_categories"]

Entry = Mapping[str, Any]
Ids = Mapping[Hashable, int]


def encode(entry: Entry, values: Iterable[Any], ids: Ids | None = None) -> list[Any]:
    """What a model sees of each value: an id or a number, or a list of them.

    None, NaN and empty text are missing. A category that the entry does not have is unknown, and
    becomes what is missing; in a list it is left out, as are repeats. Raises DataError for what is
    no number where it must be one, and for an unknown category where no id is kept for it.
    `ids` are the `category_ids` of the entry, for who has them already.
    """
    kind = FeatureType(entry["type"])
    if "buckets" in entry:
        return [_bucket(entry, value) for value in values]
    if kind is FeatureType.CATEGORICAL:
        ids = category_ids(entry) if ids is None else ids
        return [_id(entry, ids, value) for value in values]
    if kind is FeatureType.CATEGORICAL_LIST:
        ids = category_ids(entry) if ids is None else ids
        rows = ([_lookup(ids, each) for each in _elements(value)] for value in values)
        return [list(dict.fromkeys(id_ for id_ in row if id_ is not None)) for row in rows]
    if kind is FeatureType.NUMERICAL:
        return [_number(entry, value) for value in values]
    return [_numbers(entry, value) for value in values]


def decode(entry: Entry, numbers: Iterable[Any]) -> list[Any]:
    """The values that numbers stand for: None for the id of none, the least gap of a bucket."""
    kind = FeatureType(entry["type"])
    if "buckets" in entry:
        return [2 ** int(bucket) - 1 for bucket in numbers]
    if kind is FeatureType.CATEGORICAL:
        return [entry["values"][int(id_)] for id_ in numbers]
    if kind is FeatureType.CATEGORICAL_LIST:
        return [[entry["values"][int(id_)] for id_ in row] for row in numbers]
    if kind is FeatureType.NUMERICAL and "mean" in entry:
        mean, spread = entry["mean"], entry["standard_deviation"]
        return [number * spread + mean for number in numbers]
    return list(numbers)


def unknown_categories(entry: Entry, value: Any, ids: Ids | None = None) -> list[Any]:
    """The categories of one value, or of the elements of a list, that the entry does not have.

    `ids` are the `category_ids` of the entry, for who has them already.
    """
    if "values" not in entry:
        return []
    is_list = FeatureType(entry["type"]) is FeatureType.CATEGORICAL_LIST
    ids = category_ids(entry) if ids is None else ids
    each = _elements(value) if is_list else [value]
    return [one for one in each if not _is_missing(one) and _lookup(ids, one) is None]


def standardised(entry: Entry, numbers: Any) -> Any:
    """A number, or an array of them, as a numerical feature with a `mean` has it."""
    return (numbers - entry["mean"]) / entry["standard_deviation"]


def gaps(times: Sequence[int]) -> list[int]:
    """The time from the event before to each, 0 for the first; `times` ascend."""
    return [later - earlier for earlier, later in zip([*times[:1], *times], times, strict=False)]


def category_ids(entry: Entry) -> dict[Hashable, int]:
    """The id of each category of an entry; none for one without categories."""
    return {value: id_ for id_, value in enumerate(entry.get("values", ()))}


def _id(entry: Entry, ids: Ids, value: Any) -> int:
    id_ = None if _is_missing(value) else _lookup(ids, value)
    id_ = entry.get("missing", ids.get(None)) if id_ is None else id_
    if id_ is None:
        known = ", ".join(repr(each) for each in islice(ids, 5))
        raise DataError(f"{value!r} is no category of the data; give one of {known}, …")
    return int(id_)


def _lookup(ids: Ids, value: Any) -> int | None:
    """The id of a value by its text; a whole number is the same with and without .0."""
    if isinstance(value, list | tuple | set | Mapping):
        raise DataError(f"{value!r} is not one value; give a category")
    texts = [str(value).lower() if isinstance(value, bool) else str(value)]
    if not isinstance(value, str | bool):
        texts += [texts[0].removesuffix(".0"), f"{texts[0]}.0"]
    return next((ids[text] for text in texts if text in ids), None)


def _elements(value: Any) -> list[Any]:
    """What stands in a list, but for what is missing."""
    return [] if _is_missing(value) else [x for x in _listed(value) if not _is_missing(x)]


def _listed(value: Any) -> list[Any]:
    """What stands in a list; DataError for what is none."""
    if isinstance(value, str | bytes | Mapping) or not isinstance(value, Iterable):
        raise DataError(f"{value!r} is no list; give a list of values")
    return list(value)


def _number(entry: Entry, value: Any) -> float:
    if _is_missing(value):
        return float(entry.get("missing", 0.0))
    number = _finite(value)
    if "mean" not in entry:
        return int(number) if "unit" in entry else number
    return float(standardised(entry, number))


def _numbers(entry: Entry, value: Any) -> list[float]:
    elements = [] if _is_missing(value) else _listed(value)
    missing = entry.get("missing")
    if not elements:
        return list(missing or [])
    if missing is not None and len(elements) != len(missing):
        raise DataError(f"{value!r} has {len(elements)} numbers; give {len(missing)}")
    return [_finite(each) for each in elements]


def _bucket(entry: Entry, value: Any) -> int:
    """floor(log2(1 + gap)), at most the last bucket; exact for whole numbers of any size."""
    gap = 0 if _is_missing(value) else int(_finite(value))
    if gap < 0:
        raise DataError(f"{value!r} is a time gap below 0; give the events oldest first")
    return min((gap + 1).bit_length() - 1, int(entry["buckets"]) - 1)


def _finite(value: Any) -> float:
    try:
        number = value if isinstance(value, int) else float(value)
        is_finite = math.isfinite(number)
    except (TypeError, ValueError, OverflowError):
        is_finite = False
    if not is_finite:
        raise DataError(f"{value!r} is no finite number; correct it, or leave it out")
    return number


def _is_missing(value: Any) -> bool:
    is_nan = isinstance(value, float) and math.isnan(value)
    return value is None or is_nan or (isinstance(value, str) and value == "")
