"""A small data folder, written once a process, for components that read files."""

import json
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from seqrec_core.session import dump
from seqrec_core.spec import SchemaSpec
from seqrec_tool_conformance.batches import ITEM, SCHEMA, V

__all__ = ["USERS", "data_folder"]

USERS = 9
_folders: list[tempfile.TemporaryDirectory[str]] = []  # removed when the process ends


@cache
def data_folder() -> Path:
    """The folder: items with tags, price, image and class, and each split of nine users.

    Needs pyarrow, as does every component that asks for it.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    _folders.append(tempfile.TemporaryDirectory(prefix="seqrec-conformance-"))
    folder = Path(_folders[-1].name)
    (folder / "schema.json").write_text(json.dumps(dump(SchemaSpec.of(SCHEMA))))
    for name, columns in {"items": _items(), "users": _users(), **_splits()}.items():
        pq.write_table(pa.table(columns), folder / f"{name}.parquet")
    return folder


def _items() -> dict[str, list[Any]]:
    return {
        ITEM: list(range(V)),
        "item": [f"item {item}" for item in range(V)],
        "count": [1 + item % 4 for item in range(V)],
        "class": [item % 3 for item in range(V)],
        **_side_features(list(range(V))),
    }


def _side_features(items: list[int]) -> dict[str, list[Any]]:
    """The side features of each item, in the types of the schema."""
    return {
        "tags": [[item % 5, (item + 1) % 5] for item in items],
        "price": [item / 4 for item in items],
        "image": [[item / 2, 1.0, -float(item)] for item in items],
    }


def _users() -> dict[str, list[Any]]:
    return {"query_id": list(range(USERS)), "user": [f"user {user}" for user in range(USERS)]}


def _splits() -> dict[str, dict[str, list[Any]]]:
    """Histories of 2 to 6 events; evaluation has the next item as ground truth."""
    histories = [[(user + step) % V for step in range(2 + user % 5)] for user in range(USERS)]
    events: dict[str, list[Any]] = {"query_id": list(range(USERS)), ITEM: histories}
    for history in histories:
        for name, values in _side_features(history).items():
            events.setdefault(name, []).append(values)
    seen = {"seen_ids": histories}
    truth = {"ground_truth": [[(history[-1] + 1) % V] for history in histories], "train": histories}
    evaluated = {**events, **truth, **seen}
    return {
        "train": events,
        "validate": evaluated,
        "test": evaluated,
        "predict": {**events, **seen},
    }
