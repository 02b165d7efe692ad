"""Values of features as numbers, by encodings that are there already."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import attrs
import polars as pl

from seqrec_core.errors import DataError
from seqrec_core.schema import FeatureType
from seqrec_tool_prepare.buckets import BucketsProto
from seqrec_tool_prepare.catalogue import Catalogue
from seqrec_tool_prepare.encodings import Encoded, FaultyValueError, encode, numbers_of
from seqrec_tool_prepare.event_columns import EventColumn
from seqrec_tool_prepare.event_encodings import TIME_GAP, EventEncodings, encoded
from seqrec_tool_prepare.feature_choice import LISTS, Feature
from seqrec_tool_prepare.held_events import HeldEvents
from seqrec_tool_prepare.timestamps import Clock

__all__ = ["KnownEncoder", "encode_as", "event_encodings_as", "missing_values"]

_DTYPES: dict[FeatureType, pl.DataType] = {
    FeatureType.CATEGORICAL: pl.String(),
    FeatureType.CATEGORICAL_LIST: pl.List(pl.String),
    FeatureType.NUMERICAL: pl.Float64(),
    FeatureType.NUMERICAL_LIST: pl.List(pl.Float64),
}


def encode_as(entry: Mapping[str, Any], values: pl.Series, feature: Feature) -> Encoded:
    """Encode values (V,), nulls where missing, by an entry of features.json.

    Categories that it does not have are missing, and counted. Raises FaultyValueError as `encode`
    does, and for lists of another length.
    """
    if feature.type is FeatureType.CATEGORICAL:
        values = values.fill_nan(None) if values.dtype.is_float() else values
        values = values.cast(pl.String)
        missing = values.null_count()
    elif feature.type is FeatureType.CATEGORICAL_LIST:
        values = values.cast(pl.List(pl.String)).list.drop_nulls()
        missing = int((values.list.len().fill_null(0) == 0).sum())
    elif feature.type is FeatureType.NUMERICAL:
        values = numbers_of(values)
        missing = values.null_count()
    else:
        same, size = encode(values, feature.type), len(entry["missing"])
        if same.missing == len(values):
            return missing_values(entry, feature, len(values))
        if same.sizes["tensor_dim"] != size:
            lengths = values.list.len().fill_null(0)
            raise FaultyValueError(
                int((lengths > 0).arg_max() or 0),
                f"{same.sizes['tensor_dim']} numbers where the known data has {size}; give as many",
            )
        return same
    return Encoded(encoded(entry, values), {}, {}, missing, _unknown(entry, values, feature))


def missing_values(entry: Mapping[str, Any], feature: Feature, count: int) -> Encoded:
    """As many values, all missing."""
    nothing = pl.Series([None] * count, dtype=_DTYPES[feature.type])
    return Encoded(encoded(entry, nothing), {}, {}, count)


def event_encodings_as(
    entries: Mapping[str, Mapping[str, Any]],
    buckets: BucketsProto,
    catalogue: Catalogue,
    clock: Clock | None,
    columns: Sequence[EventColumn],
) -> EventEncodings:
    """Those of features of events by entries of features.json, by name of the column.

    Reads sorted buckets once more, to count what is missing and unknown. Raises DataError for lists
    of another length.
    """
    missing, unknown = Counter[str](), Counter[str]()
    last = None
    for frame in buckets.read():
        events = HeldEvents.of(frame, catalogue, clock)
        if events.stored is not None and len(events.stored):
            last = max(int(events.stored.max()), last or int(events.stored.max()))
        for column in columns:
            name, values = column.feature.name, events.frame[column.name]
            missing[name] += values.null_count()
            unknown[name] += _unknown(entries[name], values, column.feature)
            _check_lengths(entries[name], values, column.feature)
    names = [column.feature.name for column in columns]
    return EventEncodings(
        tuple(columns),
        {name: dict(entries[name]) for name in (*names, *([TIME_GAP] * (TIME_GAP in entries)))},
        {},
        {name: missing[name] for name in names},
        {name: unknown[name] for name in names},
        last,
    )


def _unknown(entry: Mapping[str, Any], values: pl.Series, feature: Feature) -> int:
    """How many values, or elements of lists, are categories that the entry does not have."""
    if "values" not in entry:
        return 0
    texts = values
    if feature.type in LISTS:
        texts = values.explode(empty_as_null=False, keep_nulls=False)
    texts = texts.drop_nulls()
    known = pl.Series([each for each in entry["values"] if each is not None], dtype=pl.String)
    return int((~texts.is_in(known.implode())).sum())


def _check_lengths(entry: Mapping[str, Any], values: pl.Series, feature: Feature) -> None:
    if feature.type is not FeatureType.NUMERICAL_LIST:
        return
    size, most = len(entry["missing"]), values.list.len().max()
    if most is not None and most != size:
        raise DataError(
            f"column {feature.name!r}: lists of {most!r} numbers where the known data has {size}; "
            "give as many"
        )


@attrs.frozen
class KnownEncoder:
    """Encodes each feature of a file by the entry of its name."""

    entries: Mapping[str, Mapping[str, Any]]

    def __call__(self, values: pl.Series, feature: Feature) -> Encoded:
        """Values (V,) of a feature."""
        return encode_as(self.entries[feature.name], values, feature)
