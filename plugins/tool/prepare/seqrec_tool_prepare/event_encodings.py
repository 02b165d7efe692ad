"""Features of events as numbers: what training has says how, and all splits are encoded alike."""

from collections.abc import Mapping, Sequence
from typing import Any

import attrs
import numpy as np
import polars as pl
import pyarrow as pa
from seqrec_library_encodings.feature_values import encode, standardised

from seqrec_core.schema import FeatureType
from seqrec_tool_prepare.buckets import BucketsProto
from seqrec_tool_prepare.catalogue import Catalogue
from seqrec_tool_prepare.event_columns import EventColumn
from seqrec_tool_prepare.held_events import HeldEvents
from seqrec_tool_prepare.splits import cut
from seqrec_tool_prepare.timestamps import Clock
from seqrec_tool_prepare.training_values import TrainingValues, training_values

__all__ = ["TIME_GAP", "EventEncodings", "encoded"]

TIME_GAP = "time_gap"
_POWERS = np.uint64(1) << np.arange(64, dtype=np.uint64)


@attrs.frozen
class EventEncodings:
    """How the features of events are encoded.

    `entries` are those of features.json, `sizes` those for the schema, `missing` and `unknown`
    count events without a value, and those outside training with one that training does not have.
    `last` is the time of the last event of all, as it is written.
    """

    columns: tuple[EventColumn, ...] = ()
    entries: dict[str, dict[str, Any]] = attrs.field(factory=dict)
    sizes: dict[str, dict[str, int]] = attrs.field(factory=dict)
    missing: dict[str, int] = attrs.field(factory=dict)
    unknown: dict[str, int] = attrs.field(factory=dict)
    last: int | None = None

    @classmethod
    def of(
        cls,
        buckets: BucketsProto,
        catalogue: Catalogue,
        clock: Clock | None,
        begins: list[float] | None,
        columns: Sequence[EventColumn],
        *,
        gaps: bool = False,
    ) -> "EventEncodings":
        """Those of sorted buckets; reads them once more, and holds one and its different values.

        `begins` are the exact times at which validation and test begin, None to leave one out.
        """
        values: dict[str, TrainingValues] = {c.name: training_values(c.feature) for c in columns}
        most_gap, last = 0, None
        for frame in buckets.read():
            events = HeldEvents.of(frame, catalogue, clock)
            if not len(events.items):
                continue
            a, _ = cut(events.lengths, events.times, begins)
            starts = np.cumsum(events.lengths) - events.lengths
            place = np.arange(len(events.items)) - np.repeat(starts, events.lengths)
            is_training = place < np.repeat(a, events.lengths)
            for name, each in values.items():
                each.add(events.frame[name], is_training)
            if events.stored is not None:
                last = max(int(events.stored.max()), last or int(events.stored.max()))
                if gaps:
                    most_gap = max(most_gap, int(events.gaps()[is_training].max(initial=0)))
        entries = {c.feature.name: values[c.name].entry() for c in columns}
        sizes = {c.feature.name: values[c.name].sizes() for c in columns}
        if gaps:
            count = (most_gap + 1).bit_length()
            sizes[TIME_GAP] = {"cardinality": count}
            entries[TIME_GAP] = {"buckets": count, "of": "timestamp", "missing": 0}
        return cls(
            tuple(columns),
            entries,
            sizes,
            {c.feature.name: values[c.name].missing for c in columns},
            {c.feature.name: values[c.name].unknown() for c in columns},
            last,
        )

    def types(self) -> dict[str, FeatureType]:
        """The type of each feature, in order."""
        types = {column.feature.name: column.feature.type for column in self.columns}
        return types | ({TIME_GAP: FeatureType.CATEGORICAL} if TIME_GAP in self.entries else {})

    def values(self, events: HeldEvents) -> dict[str, pa.Array]:
        """Encoded values (E,) of each feature."""
        values = {}
        for column in self.columns:
            name, kind = column.feature.name, column.feature.type
            entry = {"type": kind.value, **self.entries[name]}
            values[name] = encoded(entry, events.frame[column.name])
        if TIME_GAP in self.entries:
            buckets = np.searchsorted(_POWERS, events.gaps() + np.uint64(1), side="right") - 1
            last = self.entries[TIME_GAP]["buckets"] - 1
            values[TIME_GAP] = pa.array(np.minimum(buckets, last).astype(np.int64))
        return values


def encoded(entry: Mapping[str, Any], values: pl.Series) -> pa.Array:
    """Values (E,), null where missing, by an entry with its type: text, floats, lists of either."""
    return _ENCODERS[FeatureType(entry["type"])](entry, values)


def _categorical(entry: Mapping[str, Any], texts: pl.Series) -> pa.Array:
    known = texts.drop_nulls().unique()
    ids = encode(entry, known.to_list())
    numbers = texts.replace_strict(
        known, pl.Series(ids, dtype=pl.Int64), default=entry["missing"], return_dtype=pl.Int64
    )
    return numbers.to_arrow()


def _categorical_list(entry: Mapping[str, Any], lists: pl.Series) -> pa.Array:
    texts = lists.explode(empty_as_null=False, keep_nulls=False)
    known = texts.unique()
    ids = [row[0] if row else None for row in encode(entry, [[text] for text in known.to_list()])]
    lengths = lists.list.len().fill_null(0).cast(pl.Int64).to_numpy()
    flat = pl.DataFrame(
        {
            "row": np.repeat(np.arange(len(lists)), lengths),
            "id": texts.replace_strict(
                known, pl.Series(ids, dtype=pl.Int64), default=None, return_dtype=pl.Int64
            ),
        }
    )
    flat = flat.drop_nulls().unique(maintain_order=True)
    sizes = np.bincount(flat["row"].to_numpy(), minlength=len(lists))
    return _lists(sizes, flat["id"].to_numpy())


def _numerical(entry: Mapping[str, Any], numbers: pl.Series) -> pa.Array:
    standard = standardised(entry, numbers).fill_null(entry["missing"])
    return standard.cast(pl.Float32).to_arrow()


def _numerical_list(entry: Mapping[str, Any], lists: pl.Series) -> pa.Array:
    size = len(entry["missing"])
    rows = np.zeros((len(lists), size), np.float32)
    flat = lists.explode(empty_as_null=False, keep_nulls=False)
    rows[lists.is_not_null().to_numpy()] = flat.to_numpy().reshape(-1, size)
    return _lists(np.full(len(lists), size), rows.reshape(-1))


def _lists(lengths: np.ndarray, values: np.ndarray) -> pa.Array:
    offsets = pa.array(np.concatenate([[0], np.cumsum(lengths)]), pa.int32())
    return pa.ListArray.from_arrays(offsets, pa.array(values))


_ENCODERS = {
    FeatureType.CATEGORICAL: _categorical,
    FeatureType.CATEGORICAL_LIST: _categorical_list,
    FeatureType.NUMERICAL: _numerical,
    FeatureType.NUMERICAL_LIST: _numerical_list,
}
