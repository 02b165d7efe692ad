"""Batches of the columns that models read, made of histories and the table of items.

Letters in shapes: B users, L positions, N events of all users, V items.
"""

from collections.abc import Sequence
from itertools import chain
from typing import Any

import numpy as np
import pyarrow as pa
import torch
from numpy.typing import NDArray
from torch import Tensor

from seqrec_core.errors import BundleError, DataError
from seqrec_core.schema import FeatureHint, TensorFeatureInfo, TensorSchema
from seqrec_tool_recommend.event_histories import History, is_of_items

__all__ = ["HistoryBatches"]

Indices = NDArray[np.int64]
Mask = NDArray[np.bool_]
SEEN_PADDING = -1
_TIMES = (FeatureHint.TIMESTAMP, FeatureHint.REQUEST_TIME)


class HistoryBatches:
    """Makes the batch that a data module would read of a folder with these histories.

    `items` is the table of items, row i for id i, with the side features. Events are cut to the
    last `length`, or kept for None, and padded on the left. Raises BundleError for a feature of
    items that the table lacks.
    """

    def __init__(self, schema: TensorSchema, items: pa.Table, length: int | None) -> None:
        self.length = length
        self.item = schema.item_id_features.item()
        self.query = schema.query_id_feature_name or "query_id"
        others = [f for f in schema.all_features if f.name not in (self.item.name, self.query)]
        self.of_items = [_SideFeature(f, items) for f in others if is_of_items(f)]
        self.others = [f for f in others if not is_of_items(f)]

    def batch(self, histories: Sequence[History]) -> dict[str, Tensor]:
        """Columns and their masks, True = real, of histories, oldest event first."""
        lists = [history.items for history in histories]
        ends = np.cumsum([0, *map(len, lists)])
        ids = np.fromiter(chain(*lists, (0,)), np.int64, ends[-1] + 1)  # never empty
        events, is_event = _last(ends[:-1], ends[1:], self.length)
        seen, is_seen = _last(ends[:-1], ends[1:], None)
        items = ids.take(events, mode="clip")
        users = np.arange(len(histories))
        columns = {
            self.query: (users, np.ones(len(users), bool)),
            self.item.name: (np.where(is_event, items, self.item.padding_value), is_event),
            "seen_ids": (np.where(is_seen, ids.take(seen, mode="clip"), SEEN_PADDING), is_seen),
        }
        for side in self.of_items:
            columns[side.name] = side.of(items, is_event)
        for feature in self.others:
            columns[feature.name] = _values_of(feature, histories, events, is_event)
        batch = {}
        for name, (values, mask) in columns.items():
            batch[name], batch[f"{name}_mask"] = torch.from_numpy(values), torch.from_numpy(mask)
        return batch


class _SideFeature:
    """What the items have of a feature: one value each, or a list of values."""

    def __init__(self, feature: TensorFeatureInfo, items: pa.Table) -> None:
        self.name = feature.name
        if not (feature.is_seq and feature.name in items.column_names):
            raise BundleError(
                f"the model reads {feature.name!r} of items, which the table of items lacks; train "
                "anew on data that has it, or use `seqrec predict` with a data folder"
            )
        values = items[feature.name].combine_chunks()
        self.missing: Mask = np.array(values.is_null())  # (V,)
        self.size = feature.tensor_dim
        self.ends: Indices | None = None
        if feature.is_list:
            values = values.cast(pa.large_list(values.type.value_type))
            self.ends = values.offsets.to_numpy()
            values = values.values
            empty = np.flatnonzero(values.is_null())
            self.missing[np.searchsorted(self.ends, empty, "right") - 1] = True
        values = values.fill_null(pa.scalar(0).cast(values.type))
        self.values: NDArray[Any] = values.to_numpy(zero_copy_only=False)
        self.padding = pa.scalar(feature.padding_value, values.type).as_py()

    def of(self, items: Indices, is_event: Mask) -> tuple[NDArray[Any], Mask]:
        """Values and mask of the items (B, L), or of lists (B, L, n)."""
        if self.missing[items[is_event]].any():
            raise DataError(
                f"an item of the histories has no {self.name!r}, which the model reads; leave that "
                "item out"
            )
        places, is_real = items, is_event
        if self.ends is not None:
            starts = self.ends[items]
            stops = np.where(is_event, self.ends[items + 1], starts)
            places, is_real = _last(starts, stops, self.size)
        if not len(self.values):
            return np.full(places.shape, self.padding, self.values.dtype), is_real
        values = self.values.take(places, mode="clip")
        np.copyto(values, self.padding, where=~is_real)
        return values, is_real


def _values_of(
    feature: TensorFeatureInfo, histories: Sequence[History], events: Indices, is_event: Mask
) -> tuple[NDArray[Any], Mask]:
    """Values and mask of what histories tell of their events (B, L), or of their users (B,).

    Lists have one more dimension, as long as the feature's tensor_dim, or as the longest.
    """
    dtype = np.int64 if feature.is_cat or feature.feature_hint in _TIMES else np.float32
    if feature.feature_hint is FeatureHint.REQUEST_TIME:
        asked = np.array([history.asked for history in histories], dtype)
        return asked, np.ones(len(asked), bool)
    if feature.is_seq:
        flat: list[Any] = [value for h in histories for value in h.events[feature.name]]
    else:
        flat = [history.user[feature.name] for history in histories]
        events, is_event = np.arange(len(flat)), np.ones(len(flat), bool)
    if feature.is_list:
        ends = np.cumsum([0, *map(len, flat), 0])
        values = np.fromiter(chain(*flat, (0,)), dtype, ends[-1] + 1)
        starts = ends[:-1].take(events, mode="clip")
        stops = np.where(is_event, ends[1:].take(events, mode="clip"), starts)
        events, is_event = _last(starts, stops, feature.tensor_dim)
    else:
        values = np.array([*flat, 0], dtype)
    return np.where(
        is_event, values.take(events, mode="clip"), dtype(feature.padding_value)
    ), is_event


def _last(starts: Indices, stops: Indices, size: int | None) -> tuple[Indices, Mask]:
    """Where the last `size` elements of lists are, all for None, and which places are real.

    Lists are padded on the left, to at least one place; where padding points to is arbitrary.
    """
    if size is None:
        size = max(1, int((stops - starts).max(initial=0)))
    places = stops[..., None] + np.arange(-size, 0)
    return places, places >= starts[..., None]
