"""Damaged data folders, one damage each, and what has to be said of it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import pyarrow as pa
import pyarrow.parquet as pq

USERS, ITEMS, START = 24, 30, 1_600_000_000
Tables = dict[str, dict[str, Any]]
FEATURES = [
    {"name": "item_id", "type": "categorical", "hint": "item_id", "cardinality": ITEMS},
    {"name": "kind", "type": "categorical", "cardinality": 5},
    {"name": "tags", "type": "categorical_list", "cardinality": 9, "tensor_dim": 3},
    {"name": "price", "type": "numerical"},
    {"name": "vector", "type": "numerical_list", "tensor_dim": 2},
]


@attrs.frozen
class Damage:
    """What is damaged, where it has to be named, and who has to say it.

    `level` is "footers" where validate, fit and the check stop, "rows" where validate cannot know,
    "check" where a run goes on and the check stops, "notice" where the check counts it.
    """

    title: str
    level: str
    file: str
    column: str
    row: int | None
    change: Callable[[Tables], object]
    after: Callable[[Path], object] | None = None

    def write(self, folder: Path) -> None:
        """Writes a good folder, damaged."""
        tables = good_tables()
        features = json.loads(json.dumps(FEATURES))
        tables["schema"] = {"features": features}
        self.change(tables)
        folder.mkdir(parents=True)
        (folder / "schema.json").write_text(json.dumps(tables.pop("schema")))
        for name, columns in tables.items():
            pq.write_table(pa.table(columns), folder / f"{name}.parquet", row_group_size=5)
        if self.after is not None:
            self.after(folder)


def good_tables() -> Tables:
    """Users who walk through the items: the last but one is validation, the last test."""
    walks = [[(5 * user + step) % ITEMS for step in range(6 + user % 3)] for user in range(USERS)]
    tables: Tables = {}
    for split, left_out in (("train", 2), ("validate", 2), ("test", 1), ("predict", 0)):
        rows = [walk[: len(walk) - left_out] for walk in walks]
        tables[split] = {
            "query_id": list(range(USERS)),
            "item_id": rows,
            "timestamp": [[START + 999 * user + step for step in range(len(r))]
                          for user, r in enumerate(rows)],
            "kind": [[item % 5 for item in row] for row in rows],
            "tags": [[[item % 9, item % 7][: 1 + item % 2] for item in row] for row in rows],
            "price": [[item / 7 for item in row] for row in rows],
            "vector": [[[item / 3, item / 5] for item in row] for row in rows],
        }  # fmt: skip
        if split != "train":
            tables[split]["seen_ids"] = [list(row) for row in rows]
        if split in ("validate", "test"):
            tables[split]["ground_truth"] = [[walk[len(walk) - left_out]] for walk in walks]
    tables["items"] = {"item_id": list(range(ITEMS)), "item": [f"i{n}" for n in range(ITEMS)],
                       "count": [1] * ITEMS}  # fmt: skip
    tables["users"] = {"query_id": list(range(USERS)), "user": [f"u{n}" for n in range(USERS)]}
    return tables


def put(split: str, column: str, row: int, value: Any) -> Callable[[Tables], object]:
    """Another value in a row."""
    return lambda tables: tables[split][column].__setitem__(row, value)


def first(split: str, column: str, row: int, value: Any) -> Callable[[Tables], object]:
    """Another first value in the list of a row."""
    return lambda tables: tables[split][column][row].__setitem__(0, value)


def typed(split: str, column: str, type_: pa.DataType) -> Callable[[Tables], object]:
    """A column of another type."""

    def change(tables: Tables) -> None:
        tables[split][column] = pa.array(tables[split][column]).cast(type_)

    return change


def shorter(split: str, column: str, row: int) -> Callable[[Tables], object]:
    """A value less in the list of a row."""
    return lambda tables: tables[split][column][row].pop()


def rows_as(split: str, column: str, form: Callable[[Any], Any]) -> Callable[[Tables], object]:
    """Each row in another form."""

    def change(tables: Tables) -> None:
        tables[split][column] = [form(row) for row in tables[split][column]]

    return change


def without(split: str, column: str) -> Callable[[Tables], object]:
    """A column less."""
    return lambda tables: tables[split].pop(column)


def cut_off(split: str, row: int) -> Callable[[Tables], object]:
    """A user without history, in every list."""

    def change(tables: Tables) -> None:
        for name, rows in tables[split].items():
            if name not in ("query_id", "ground_truth"):
                rows[row] = []

    return change


def feature(number: int, **fields: Any) -> Callable[[Tables], object]:
    """Other fields of a feature of the schema."""
    return lambda tables: tables["schema"]["features"][number].update(fields)


def emptied(split: str) -> Callable[[Tables], object]:
    """No rows."""

    def change(tables: Tables) -> None:
        tables[split] = pa.table(tables[split]).slice(0, 0)

    return change


def bytes_of(name: str, change: Callable[[bytes], bytes]) -> Callable[[Path], object]:
    """Other bytes in a file."""

    def after(folder: Path) -> None:
        path = folder / name
        path.write_bytes(change(path.read_bytes()))

    return after


def nothing(_: Tables) -> None:
    """No damage to the tables."""


def with_empty_group(folder: Path) -> None:
    """A row group without rows before the others."""
    table = pq.read_table(folder / "train.parquet")
    with pq.ParquetWriter(folder / "train.parquet", table.schema) as writer:
        writer.write_table(table.slice(0, 0))
        writer.write_table(table)
