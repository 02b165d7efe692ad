"""Histories to measure with: those of the data, or random ones where there is no data."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from seqrec_tool_recommend.event_histories import History, is_of_items

from seqrec_core.data_folder import DataFolder
from seqrec_core.errors import DataError
from seqrec_core.schema import FeatureHint, TensorFeatureInfo, TensorSchema

__all__ = ["random_histories", "split_histories"]

_SEED = 0
_LONGEST = 50
_SECONDS_APART = 3600


def split_histories(schema: TensorSchema, folder: Path, count: int) -> list[History] | None:
    """Histories of at most `count` users of the predict split; None where there is none.

    Users are drawn at random, always the same. Raises DataError for a split without a column of
    the model.
    """
    file = DataFolder(folder).split("predict")
    if not file.is_file():
        return None
    table = pq.read_table(file)
    rows = np.random.default_rng(_SEED).permutation(len(table))[:count]
    users = table.take(np.sort(rows)).to_pylist()
    names = [feature.name for feature in _read(schema)]
    if missing := [name for name in names if name not in table.column_names]:
        raise DataError(
            f"{file} has no column {missing[0]!r}, which the model reads; name another by --data"
        )
    values = [{name: _whole(user[name]) for name in names} for user in users]
    return [_history(schema, each) for each in values] or None


def random_histories(schema: TensorSchema, items: int, count: int) -> list[History]:
    """Histories of random length, items and other values."""
    rng = np.random.default_rng(_SEED)
    histories = []
    for length in rng.integers(1, _LONGEST, count, endpoint=True):
        values = {f.name: _random(f, int(length), items, rng) for f in _read(schema)}
        histories.append(_history(schema, values))
    return histories


def _read(schema: TensorSchema) -> list[TensorFeatureInfo]:
    """What the model reads of events and users; what it knows of items is looked up."""
    query = schema.query_id_feature_name or "query_id"
    item = schema.item_id_features.item()
    return [
        feature
        for feature in schema.all_features
        if feature.name != query and (feature.name == item.name or not is_of_items(feature))
    ]


def _history(schema: TensorSchema, values: dict[str, Any]) -> History:
    """The history with these values, by feature."""
    item = schema.item_id_features.item()
    read = [feature for feature in _read(schema) if feature.name != item.name]
    asked = [f.name for f in read if f.feature_hint is FeatureHint.REQUEST_TIME]
    return History(
        values[item.name],
        {f.name: values[f.name] for f in read if f.is_seq},
        {f.name: values[f.name] for f in read if not f.is_seq},
        values[asked[0]] if asked else 0,
    )


def _whole(value: Any) -> Any:
    """The value, an empty list for none."""
    return [] if value is None else value


def _random(feature: TensorFeatureInfo, length: int, items: int, rng: np.random.Generator) -> Any:
    """Values of one feature for a history of this length, or its one value of a user."""
    if feature.feature_hint is FeatureHint.REQUEST_TIME:
        return length * _SECONDS_APART
    if feature.feature_hint is FeatureHint.TIMESTAMP and feature.is_seq:
        return [place * _SECONDS_APART for place in range(length)]
    count = length if feature.is_seq else 1
    most = items if feature.feature_hint is FeatureHint.ITEM_ID else feature.cardinality or 1
    values = rng.integers(0, most, count) if feature.is_cat else rng.random(count)
    listed = values.tolist()
    if feature.is_list:
        listed = [[value] * (feature.tensor_dim or 1) for value in listed]
    return listed if feature.is_seq else listed[0]
