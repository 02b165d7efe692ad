"""A small data folder for components that read files."""

import json
import tempfile
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from seqrec_core.schema import FeatureSource, TensorFeatureInfo
from seqrec_core.session import dump
from seqrec_core.spec import SchemaSpec
from seqrec_tool_conformance.batches import ITEM, V, drawn_column, padding_mask, schema_of

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["COUNTS", "HISTORIES", "USERS", "data_folder", "written_folder"]

USERS = 9
COUNTS = [1 + item % 4 for item in range(V)]  # events of each item, as items.parquet says
HISTORIES = [[(user + step) % V for step in range(3 + user % 4)] for user in range(USERS)]
_folders: list[tempfile.TemporaryDirectory[str]] = []  # removed when the process ends

Events = Callable[[Tensor], Mapping[str, Tensor]]


@cache
def data_folder() -> Path:
    """The folder of a process, without further columns: see `written_folder`."""
    return written_folder((), lambda real: {})


def written_folder(columns: Sequence[TensorFeatureInfo], events: Events) -> Path:
    """A new folder: items with tags, price, image and class, and each split of nine users.

    `columns` are further features: those of items have a value an item, the others what `events`
    gives for the padding mask of all users. Needs pyarrow, as does every component that asks for
    such a folder. It is there until the process ends.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    _folders.append(tempfile.TemporaryDirectory(prefix="seqrec-conformance-"))
    folder = Path(_folders[-1].name)
    (folder / "schema.json").write_text(json.dumps(dump(SchemaSpec.of(schema_of(V, columns)))))
    about_items = _about_items([feature for feature in columns if _is_of_items(feature)])
    others = [feature.name for feature in columns if not _is_of_items(feature)]
    splits = _splits(about_items, _by_user(others, events))
    for name, values in {"items": _items(about_items), "users": _users(), **splits}.items():
        table = pa.table(values)
        fields = [field.with_type(_stored(field.type)) for field in table.schema]
        pq.write_table(table.cast(pa.schema(fields)), folder / f"{name}.parquet")
    return folder


def _stored(type_: "pa.DataType") -> "pa.DataType":
    """The type of a column with floats as `seqrec data prepare` writes them."""
    import pyarrow as pa

    if pa.types.is_list(type_):
        return pa.list_(_stored(type_.value_type))
    return pa.float32() if pa.types.is_float64(type_) else type_


def _is_of_items(feature: TensorFeatureInfo) -> bool:
    return any(s.source is FeatureSource.ITEM_FEATURES for s in feature.feature_sources or ())


def _about_items(columns: Sequence[TensorFeatureInfo]) -> dict[str, list[Any]]:
    """The side features of every item, in the types of the schema."""
    items, every = range(V), torch.ones(1, V, dtype=torch.bool)
    drawn = {feature.name: drawn_column(feature, every, length=V)[0] for feature in columns}
    return {
        "tags": [[item % 5, (item + 1) % 5] for item in items],
        "price": [item / 4 for item in items],
        "image": [[item / 2, 1.0, -float(item)] for item in items],
        **{name: values.tolist() for name, values in drawn.items()},
    }


def _by_user(names: Sequence[str], events: Events) -> dict[str, list[Any]]:
    """Columns of events, a list a user; of users, a value a user."""
    real = padding_mask([len(history) for history in HISTORIES])
    every = events(real) if names else {}
    return {name: _rows(every[name], real) for name in names}


def _rows(values: Tensor, real: Tensor) -> list[Any]:
    if values.dim() < 2:
        rows: list[Any] = values.tolist()
        return rows
    return [values[user][real[user]].tolist() for user in range(USERS)]


def _items(about_items: Mapping[str, list[Any]]) -> dict[str, list[Any]]:
    return {
        ITEM: list(range(V)),
        "item": [f"item {item}" for item in range(V)],
        "count": COUNTS,
        "class": [item % 3 for item in range(V)],
        **about_items,
    }


def _users() -> dict[str, list[Any]]:
    return {"query_id": list(range(USERS)), "user": [f"user {user}" for user in range(USERS)]}


def _splits(
    about_items: Mapping[str, list[Any]], by_user: Mapping[str, list[Any]]
) -> dict[str, dict[str, list[Any]]]:
    """Histories of 3 to 6 events; evaluation has the next item as ground truth."""
    events: dict[str, list[Any]] = {"query_id": list(range(USERS)), ITEM: HISTORIES, **by_user}
    for name, values in about_items.items():
        events[name] = [[values[item] for item in history] for history in HISTORIES]
    seen = {"seen_ids": HISTORIES}
    truth = {"ground_truth": [[(history[-1] + 1) % V] for history in HISTORIES], "train": HISTORIES}
    evaluated = {**events, **truth, **seen}
    return {
        "train": events,
        "validate": evaluated,
        "test": evaluated,
        "predict": {**events, **seen},
    }
