"""Side features of items: columns of a file, aligned with the item ids and encoded."""

from collections.abc import Sequence

import attrs
import polars as pl

from seqrec_core.errors import DataError
from seqrec_core.schema import FeatureType
from seqrec_tool_prepare.column_choice import find_column
from seqrec_tool_prepare.encodings import Encoded, FaultyValueError, encode
from seqrec_tool_prepare.external_ids import (
    are_written_as_floats,
    id_values,
    likely_difference,
    whole_text,
)
from seqrec_tool_prepare.tables import ROW, Table

__all__ = ["ItemFeature", "ItemTable", "parse_item_features", "read_item_features"]

_TYPES = {kind.value: kind for kind in FeatureType} | {"list": FeatureType.CATEGORICAL_LIST}
_LISTS = (FeatureType.CATEGORICAL_LIST, FeatureType.NUMERICAL_LIST)
_KEY, _ID = "__key__", "__id__"
_FEWEST_MATCHES = 0.05  # of the rows or items, whichever are fewer
_RESERVED = {
    "item_id",
    "item",
    "count",
    "query_id",
    "timestamp",
    "ground_truth",
    "seen_ids",
    "train",
}


@attrs.frozen
class ItemFeature:
    """A column of the items file and what to make of it."""

    name: str
    type: FeatureType


@attrs.frozen
class ItemTable:
    """Encoded features by name, and how the items of the file fit those of the events."""

    features: dict[str, Encoded]
    types: dict[str, FeatureType]
    without_row: int
    without_events: int
    example_without_row: str | None = None
    example_without_events: str | None = None


def parse_item_features(text: str) -> tuple[ItemFeature, ...]:
    """Read "genres:list,year:numerical"; DataError for an unknown type or a reserved name."""
    features: list[ItemFeature] = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, _, kind = part.rpartition(":")
        if not name or kind not in _TYPES:
            raise DataError(
                f"item feature {part!r}: write column:type, with a type of {', '.join(_TYPES)}"
            )
        if name in _RESERVED:
            raise DataError(
                f"item feature {name!r}: the data folder has a column of that name; "
                "rename the column of the file"
            )
        if name in (feature.name for feature in features):
            raise DataError(f"item feature {name!r} is named twice; give it one type")
        features.append(ItemFeature(name, _TYPES[kind]))
    return tuple(features)


def read_item_features(
    table: Table,
    externals: pl.Series,
    features: Sequence[ItemFeature],
    *,
    item: str | None = None,
    item_of_events: str | None = None,
    separator: str | None = None,
) -> ItemTable:
    """Encode the features of the items `externals` (V,); holds the whole items file.

    `item` is the file's column of ids, by default `item_of_events`, the name in the file of
    events, or else a usual name; `separator` stands between the values of a list in text, by
    default what the file's values suggest.
    Ids match where their text is equal (see external_ids).
    Raises DataError for a missing column, a null or repeated id, a faulty value, and where next to
    no row is of an item of the events.
    """
    if item is None and item_of_events in table.columns:
        item = item_of_events
    key = find_column(table, "item", item, "--items-id")
    missing = [feature.name for feature in features if feature.name not in table.columns]
    if missing:
        raise table.fault(f"no column {missing[0]!r}; --item-features can name {table.columns}")
    names = [feature.name for feature in features]
    [rows] = table.collect(
        table.frame.select(ROW, id_values(table, key).alias(_KEY), *map(pl.col, names))
    )
    if table.is_text:  # blank lines
        rows = rows.filter(~pl.all_horizontal(pl.exclude(ROW).is_null()))
    rows = rows.with_columns(pl.col(_KEY).cast(pl.String).alias(_ID))
    if are_written_as_floats(rows[_ID].drop_nulls()):
        rows = rows.with_columns(whole_text(pl.col(_ID)))
    _check_ids(table, rows, key)
    items = externals.cast(pl.String).alias(_ID).to_frame()
    matched = items.join(rows, on=_ID, how="left", maintain_order="left")
    _check_matches(table, key, items[_ID], rows[_ID])
    encoded = {}
    for feature in features:
        values = _values(table, matched, feature, separator)
        try:
            encoded[feature.name] = encode(values, feature.type)
        except FaultyValueError as fault:
            row = matched[ROW][fault.index]
            raise table.fault(str(fault), column=feature.name, row=row) from None
    without_row = matched[ROW].null_count()
    return ItemTable(
        encoded,
        {feature.name: feature.type for feature in features},
        without_row,
        len(rows) - (len(externals) - without_row),
        next(iter(items.join(rows, on=_ID, how="anti")[_ID]), None),
        next(iter(rows.join(items, on=_ID, how="anti", maintain_order="left")[_ID]), None),
    )


def _check_ids(table: Table, rows: pl.DataFrame, key: str) -> None:
    if not len(rows):
        raise table.fault("there is a header and no row below it")
    empty = rows.filter(pl.col(_KEY).is_null())
    if len(empty):
        value = table.value(key, empty[ROW][0])
        fault = "no value" if value is None else f"{value!r} is no id"
        raise table.fault(f"{fault}; give the item its id", column=key, row=empty[ROW][0])
    repeats = rows.filter(~pl.col(_ID).is_first_distinct())
    if len(repeats):
        [value] = repeats[_KEY][:1]
        raise table.fault(
            f"item {value!r} has a row already; keep one of them", column=key, row=repeats[ROW][0]
        )


def _check_matches(table: Table, key: str, items: pl.Series, rows: pl.Series) -> None:
    """DataError where next to no row is of an item: the ids are written otherwise."""
    matches = int(items.is_in(rows.implode()).sum())
    if matches and matches >= _FEWEST_MATCHES * min(len(items), len(rows)):
        return
    only_items = items.filter(~items.is_in(rows.implode()))
    only_rows = rows.filter(~rows.is_in(items.implode()))
    raise table.fault(
        f"{matches:,} of {len(items):,} items have a row: the events have ids such as "
        f"{only_items[0]!r}, this file such as {only_rows[0]!r}; "
        f"{likely_difference(only_items, only_rows)}",
        column=key,
    )


def _values(
    table: Table, matched: pl.DataFrame, feature: ItemFeature, separator: str | None
) -> pl.Series:
    """The column as it is, text of list features split."""
    values = matched[feature.name]
    is_list = isinstance(values.dtype, (pl.List, pl.Array))
    inner = values.dtype.inner if isinstance(values.dtype, (pl.List, pl.Array)) else values.dtype
    if inner.is_nested() or inner in (pl.Binary, pl.Object):
        message = f"values are {values.dtype}; a feature has numbers, strings or lists of them"
        raise table.fault(message, column=feature.name)
    if feature.type not in _LISTS:
        if is_list:
            message = f"values are lists; name it {feature.name}:{feature.type.value}_list"
            raise table.fault(message, column=feature.name)
        return values
    if isinstance(values.dtype, pl.Array):
        return values.arr.to_list()
    if is_list:
        return values
    if values.dtype != pl.String:
        single = feature.type.value.removesuffix("_list")
        message = f"values are {values.dtype}, not lists; name it {feature.name}:{single}"
        raise table.fault(message, column=feature.name)
    literal = values.str.starts_with("[").fill_null(False)
    if literal.any():
        raise table.fault(
            f"{values.filter(literal)[0]!r} is a list in brackets; write its values with | between "
            "them, or use parquet",
            column=feature.name,
            row=matched[ROW].filter(literal)[0],
        )
    parts = values.str.split(separator or _separator(table, feature.name, values))
    stripped = parts.list.eval(pl.element().str.strip_chars())
    return stripped.list.eval(pl.element().filter(pl.element() != ""))


def _separator(table: Table, name: str, values: pl.Series) -> str:
    if table.types.get(name, "").endswith("_seq"):
        return " "
    return next((mark for mark in "|," if values.str.contains(mark, literal=True).any()), " ")
