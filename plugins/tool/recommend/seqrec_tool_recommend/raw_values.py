"""Values of features as the data has them, read into the numbers that a model sees."""

from collections.abc import Mapping, Sequence
from typing import Any

from seqrec_library_encodings.feature_values import (
    category_ids,
    encode,
    gaps,
    unknown_categories,
)

from seqrec_core.errors import DataError
from seqrec_core.schema import TensorFeatureInfo

__all__ = ["RawValues"]


class RawValues:
    """Reads single values by what features.json of the prepared data says of each feature.

    Features that it does not name are numbers already: ids below the cardinality, or any.
    """

    def __init__(self, encodings: Mapping[str, Any]) -> None:
        self.encodings = encodings
        self._ids = {name: category_ids(entry) for name, entry in encodings.items()}

    def is_gap(self, feature: TensorFeatureInfo) -> bool:
        """Whether it is the time since the event before, which nobody has to give."""
        return "buckets" in self.encodings.get(feature.name, ())

    def has_bare_times(self, name: str) -> bool:
        """Whether the times of this feature are numbers of a unit that the data does not tell."""
        return self.encodings.get(name, {}).get("unit", "") is None

    def has_seconds(self, name: str) -> bool:
        """Whether the times of this feature are seconds, as they are where the data has dates."""
        return bool(self.encodings.get(name, {}).get("unit") == "second")

    def gaps(self, feature: TensorFeatureInfo, times: Sequence[int]) -> list[int]:
        """The values of such a feature, by the times of events, oldest first."""
        return encode(self.encodings[feature.name], gaps(times))

    def unknown(self, feature: TensorFeatureInfo, value: Any) -> list[Any]:
        """The categories of a value, or of its list, that the data does not have."""
        entry = self.encodings.get(feature.name, {})
        return unknown_categories(entry, value, self._ids.get(feature.name))

    def value(self, feature: TensorFeatureInfo, value: Any) -> Any:
        """The number, or the list of numbers, of one value; DataError, with its name, for none."""
        entry = self.encodings.get(feature.name)
        try:
            if entry is not None:
                [number] = encode(entry, [value], self._ids[feature.name])
            elif feature.is_list:
                number = [_number(feature, each) for each in ([] if value is None else value)]
            else:
                number = _number(feature, value)
        except (DataError, TypeError, ValueError, OverflowError) as cause:
            raise DataError(f"{feature.name!r}: {cause}") from None
        return number


def _number(feature: TensorFeatureInfo, value: Any) -> float | int:
    """A number as it is; DataError for what is none, or no id of the feature."""
    try:
        number = int(value) if feature.is_cat else float(value)
    except (TypeError, ValueError, OverflowError):
        raise DataError(f"{value!r} is no number; give what the model sees") from None
    if feature.is_cat and not 0 <= number < (feature.cardinality or 0):
        raise DataError(f"{value!r} is no id; give one below {feature.cardinality}")
    return number
