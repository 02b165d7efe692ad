"""The list of damages, a line each."""

# ruff: noqa: E501

from typing import Any

import pyarrow as pa
from damaged_data import (
    ITEMS,
    Damage,
    bytes_of,
    cut_off,
    emptied,
    feature,
    first,
    nothing,
    put,
    rows_as,
    shorter,
    typed,
    with_empty_group,
    without,
)  # fmt: skip

NAN, INF = float("nan"), float("inf")


def both(*changes: Any) -> Any:
    return lambda tables: [change(tables) for change in changes]


def twice(split: str, row: int) -> Any:
    """The last row once more."""
    return lambda tables: [rows.append(rows[row]) for rows in tables[split].values()]


def reordered(split: str, row: int) -> Any:
    return lambda tables: tables[split]["timestamp"][row].reverse()


def scaled(split: str, row: int, by: int) -> Any:
    return lambda tables: tables[split]["timestamp"].__setitem__(
        row, [time * by for time in tables[split]["timestamp"][row]]
    )


def leaked(tables: Any) -> None:
    """Training has what test asks for."""
    for name in ("item_id", "timestamp", "kind", "tags", "price", "vector"):
        tables["train"][name][3] = tables["predict"][name][3]


def all_seen(tables: Any) -> None:
    rows = zip(tables["validate"]["seen_ids"], tables["validate"]["ground_truth"], strict=True)
    tables["validate"]["seen_ids"] = [[*seen, *truth] for seen, truth in rows]


def swapped(table: str, column: str) -> Any:
    def change(tables: Any) -> None:
        values = tables[table][column]
        values[3], values[4] = values[4], values[3]

    return change


T, V = "train.parquet", "validate.parquet"
list_of = pa.list_
DAMAGES = [
    Damage("an id beyond the last", "footers", T, "item_id", 7, first("train", "item_id", 7, 99)),
    Damage("the padding id as an id", "footers", T, "item_id", 7, first("train", "item_id", 7, ITEMS)),
    Damage("a negative id", "footers", T, "item_id", 7, first("train", "item_id", 7, -1)),
    Damage("the least integer as an id", "footers", T, "item_id", 7, first("train", "item_id", 7, -(2**63))),
    Damage("an id of 2^40", "footers", T, "item_id", 7, first("train", "item_id", 7, 2**40)),
    Damage("an id beyond the last, validated", "footers", V, "item_id", 11, first("validate", "item_id", 11, 99)),
    Damage("an id beyond the last, tested", "footers", "test.parquet", "item_id", 11, first("test", "item_id", 11, 99)),
    Damage("a side id beyond the last", "footers", T, "kind", 2, first("train", "kind", 2, 17)),
    Damage("a negative side id", "footers", T, "kind", 2, first("train", "kind", 2, -1)),
    Damage("the padding id of a side feature", "notice", T, "kind", 2, first("train", "kind", 2, 5)),
    Damage("an id in a list beyond the last", "footers", T, "tags", 2, first("train", "tags", 2, [10, 1])),
    Damage("a negative id in a list", "footers", T, "tags", 2, first("train", "tags", 2, [-3])),
    Damage("a schema with fewer items", "footers", "items.parquet", "", None, feature(0, cardinality=ITEMS - 4)),
    Damage("a schema with more items", "footers", "items.parquet", "", None, feature(0, cardinality=ITEMS + 4)),
    Damage("another padding id that is an id", "notice", T, "kind", 0, feature(1, padding_value=0)),
    Damage("ids as floats", "footers", T, "item_id", None, typed("train", "item_id", list_of(pa.float64()))),
    Damage("ids as text", "footers", T, "item_id", None, typed("train", "item_id", list_of(pa.string()))),
    Damage("side ids as floats", "footers", V, "kind", None, typed("validate", "kind", list_of(pa.float32()))),
    Damage("ids that were too great for int8", "footers", T, "item_id", 7, both(first("train", "item_id", 7, 200 - 256), typed("train", "item_id", list_of(pa.int8())))),
    Damage("unsigned ids beyond int64", "footers", T, "item_id", 7, both(first("train", "item_id", 7, 2**63), lambda t: t["train"].update(item_id=pa.array(t["train"]["item_id"], list_of(pa.uint64()))))),
    Damage("ids as booleans", "footers", T, "kind", None, typed("train", "kind", list_of(pa.bool_()))),
    Damage("ids as decimals", "footers", T, "item_id", None, typed("train", "item_id", list_of(pa.decimal128(20)))),
    Damage("prices as text", "footers", T, "price", None, typed("train", "price", list_of(pa.string()))),
    Damage("truth as floats", "footers", V, "ground_truth", None, typed("validate", "ground_truth", list_of(pa.float64()))),
    Damage("truth as text", "footers", V, "ground_truth", None, typed("validate", "ground_truth", list_of(pa.string()))),
    Damage("query ids as text", "footers", T, "query_id", None, typed("train", "query_id", pa.string())),
    Damage("query ids as floats", "footers", T, "query_id", None, typed("train", "query_id", pa.float64())),
    Damage("query ids as lists", "footers", T, "query_id", None, rows_as("train", "query_id", lambda row: [row])),
    Damage("one item a row", "footers", T, "item_id", None, rows_as("train", "item_id", lambda row: row[0])),
    Damage("lists of lists of items", "footers", T, "item_id", None, rows_as("train", "item_id", lambda row: [row])),
    Damage("lists three deep", "footers", T, "tags", None, rows_as("train", "tags", lambda row: [row])),
    Damage("one tag an event", "footers", T, "tags", None, rows_as("train", "tags", lambda row: [tags[0] for tags in row])),
    Damage("one price a row", "footers", T, "price", None, rows_as("train", "price", lambda row: row[0])),
    Damage("one number of a vector", "footers", T, "vector", None, rows_as("train", "vector", lambda row: [v[0] for v in row])),
    Damage("one true item without a list", "footers", V, "ground_truth", None, rows_as("validate", "ground_truth", lambda row: row[0])),
    Damage("seen items without a list", "footers", V, "seen_ids", None, rows_as("validate", "seen_ids", lambda row: row[0])),
    Damage("items as structs", "footers", T, "item_id", None, rows_as("train", "item_id", lambda row: [{"id": item} for item in row])),
    Damage("a price less than events", "footers", T, "price", 9, shorter("train", "price", 9)),
    Damage("a side id less than events", "footers", V, "kind", 9, shorter("validate", "kind", 9)),
    Damage("an item less than side ids", "footers", T, "kind", 9, shorter("train", "item_id", 9)),
    Damage("a vector less than events", "footers", T, "vector", 9, shorter("train", "vector", 9)),
    Damage("tags of an event less", "rows", T, "tags", 9, shorter("train", "tags", 9)),
    Damage("prices of two rows exchanged", "rows", T, "price", 3, swapped("train", "price")),
    Damage("a vector too long", "footers", T, "vector", 4, first("train", "vector", 4, [1.0, 2.0, 3.0])),
    Damage("a vector too short", "footers", T, "vector", 4, first("train", "vector", 4, [1.0])),
    Damage("too many tags", "rows", T, "tags", 4, first("train", "tags", 4, [1, 2, 3, 4])),
    Damage("a schema with wider vectors", "footers", T, "vector", 0, feature(4, tensor_dim=8)),
    Damage("a schema with narrower vectors", "footers", T, "vector", 0, feature(4, tensor_dim=1)),
    Damage("a schema with fewer tags", "rows", T, "tags", 0, feature(2, tensor_dim=1)),
    Damage("a null list", "rows", T, "item_id", 6, put("train", "item_id", 6, None)),
    Damage("a null in a list", "rows", T, "item_id", 6, first("train", "item_id", 6, None)),
    Damage("a null list of tags", "rows", T, "tags", 6, first("train", "tags", 6, None)),
    Damage("a null in a list of tags", "rows", T, "tags", 6, first("train", "tags", 6, [None])),
    Damage("a null price", "rows", T, "price", 6, first("train", "price", 6, None)),
    Damage("a null query id", "rows", T, "query_id", 6, put("train", "query_id", 6, None)),
    Damage("a null list of true items", "rows", V, "ground_truth", 6, put("validate", "ground_truth", 6, None)),
    Damage("a null true item", "rows", V, "ground_truth", 6, put("validate", "ground_truth", 6, [None])),
    Damage("a price that is NaN", "rows", T, "price", 17, first("train", "price", 17, NAN)),
    Damage("an infinite price", "footers", T, "price", 17, first("train", "price", 17, INF)),
    Damage("a vector with a NaN", "rows", V, "vector", 17, first("validate", "vector", 17, [0.0, NAN])),
    Damage("no items", "footers", T, "item_id", None, without("train", "item_id")),
    Damage("no prices in training", "footers", T, "price", None, without("train", "price")),
    Damage("a feature that no file has", "footers", T, "year", None, lambda t: t["schema"]["features"].append({"name": "year", "type": "numerical"})),
    Damage("a column that no file has", "footers", T, "prise", None, feature(3, column="prise")),
    Damage("no true items", "footers", V, "ground_truth", None, without("validate", "ground_truth")),
    Damage("no seen items", "footers", V, "seen_ids", None, without("validate", "seen_ids")),
    Damage("training without rows", "footers", T, "", None, emptied("train")),
    Damage("validation without rows", "footers", V, "", None, emptied("validate")),
    Damage("no training", "footers", T, "", None, lambda t: t.pop("train")),
    Damage("a file cut short", "footers", T, "", None, nothing, bytes_of(T, lambda b: b[:-40])),
    Damage("a file of 0 bytes", "footers", T, "", None, nothing, bytes_of(T, lambda b: b"")),
    Damage("text as Parquet", "footers", V, "", None, nothing, bytes_of(V, lambda b: b"a,b\n1,2\n")),
    Damage("bytes overwritten", "rows", T, "", None, nothing, bytes_of(T, lambda b: b[:4] + bytes(400) + b[404:])),
    Damage("items cut short", "footers", "items.parquet", "", None, nothing, bytes_of("items.parquet", lambda b: b[:-40])),
    Damage("users cut short", "footers", "users.parquet", "", None, nothing, bytes_of("users.parquet", lambda b: b[:-40])),
    Damage("an item twice", "footers", "items.parquet", "item", 8, put("items", "item", 8, "i3")),
    Damage("an item number twice", "footers", "items.parquet", "item_id", 8, put("items", "item_id", 8, 3)),
    Damage("a null item", "footers", "items.parquet", "item", 8, put("items", "item", 8, None)),
    Damage("items out of order", "footers", "items.parquet", "item_id", 3, swapped("items", "item_id")),
    Damage("an item more", "footers", "items.parquet", "", None, lambda t: [c.append(v) for c, v in zip(t["items"].values(), (ITEMS, "new", 1), strict=True)]),
    Damage("an item less", "footers", "items.parquet", "", None, lambda t: [c.pop() for c in t["items"].values()]),
    Damage("a user number twice", "footers", "users.parquet", "query_id", 5, put("users", "query_id", 5, 1)),
    Damage("a user twice", "footers", "users.parquet", "user", 5, put("users", "user", 5, "u1")),
    Damage("a null user", "footers", "users.parquet", "user", 5, put("users", "user", 5, None)),
    Damage("items without their ids", "footers", "items.parquet", "item", None, without("items", "item")),
    Damage("a query id twice in training", "check", T, "query_id", 24, twice("train", 3)),
    Damage("a query id twice in predict", "check", "predict.parquet", "query_id", 24, twice("predict", 3)),
    Damage("test items in training", "check", "test.parquet", "query_id", 3, leaked),
    Damage("times that go back", "check", T, "timestamp", 12, reordered("train", 12)),
    Damage("seconds and milliseconds", "check", T, "timestamp", 12, scaled("train", 12, 1000)),
    Damage("seconds and nanoseconds", "check", V, "timestamp", 12, scaled("validate", 12, 10**9)),
    Damage("all targets were seen", "metrics", V, "ground_truth", 0, all_seen),
    Damage("a target that was seen", "notice", V, "ground_truth", 5, lambda t: t["validate"]["seen_ids"][5].extend(t["validate"]["ground_truth"][5])),
    Damage("a target outside the catalogue", "notice", V, "ground_truth", 5, put("validate", "ground_truth", 5, [77])),
    Damage("a user without target", "notice", V, "ground_truth", 5, put("validate", "ground_truth", 5, [])),
    Damage("a user without history in training", "notice", T, "item_id", 5, cut_off("train", 5)),
    Damage("a user without history in predict", "notice", "predict.parquet", "item_id", 5, cut_off("predict", 5)),
    Damage("a row group without rows", "notice", T, "", None, nothing, with_empty_group),
    Damage("no test", "notice", "test.parquet", "", None, lambda t: t.pop("test")),
    Damage("a column that nothing reads", "notice", T, "mood", None, lambda t: t["train"].update(mood=list(range(24)))),
]  # fmt: skip
