"""What `recommend` is told of features that no item has: those of events, and of users."""

import json
from collections.abc import Sequence
from typing import Any

import torch

from seqrec_core.schema import FeatureHint, FeatureSource, TensorFeatureInfo
from seqrec_tool_conformance.batches import drawn_column
from seqrec_tool_conformance.journey import HISTORY

__all__ = ["history_of"]


def history_of(columns: Sequence[TensorFeatureInfo]) -> tuple[tuple[str, ...], str | None]:
    """A history of items, or of events with the values of these columns, and its user, if any."""
    others = [c for c in columns if not _is_of_items(c)]
    real = torch.ones(1, len(HISTORY), dtype=torch.bool)
    values = {column.name: drawn_column(column, real)[0].tolist() for column in others}
    of_users = [c for c in others if not c.is_seq and c.feature_hint not in _ASKED]
    of_events = [c.name for c in others if c.is_seq]
    user = json.dumps({c.name: values[c.name] for c in of_users}) if of_users else None
    if not of_events:
        return HISTORY, user
    events: list[dict[str, Any]] = [
        {"item": item, **{name: values[name][place] for name in of_events}}
        for place, item in enumerate(HISTORY)
    ]
    return tuple(map(json.dumps, events)), user


_ASKED = (FeatureHint.REQUEST_TIME, FeatureHint.QUERY_ID)


def _is_of_items(column: TensorFeatureInfo) -> bool:
    return any(s.source is FeatureSource.ITEM_FEATURES for s in column.feature_sources or ())
