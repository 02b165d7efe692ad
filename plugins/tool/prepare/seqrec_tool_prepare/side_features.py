"""Features of items and of users: columns of a file, aligned with their ids and encoded."""

from collections.abc import Callable, Sequence

import attrs
import polars as pl

from seqrec_core.schema import FeatureType
from seqrec_tool_prepare.column_choice import find_column
from seqrec_tool_prepare.encodings import Encoded, FaultyValueError, encode
from seqrec_tool_prepare.external_ids import (
    are_written_as_floats,
    id_values,
    likely_difference,
    whole_text,
)
from seqrec_tool_prepare.feature_choice import LISTS, Feature
from seqrec_tool_prepare.tables import ROW, Table

__all__ = ["SideRows", "SideTable"]

_KEY, _ID = "__key__", "__id__"
_FEWEST_MATCHES = 0.05  # of the rows or owners, whichever are fewer


@attrs.frozen
class SideTable:
    """Encoded features by name, and how the rows of the file fit the ids of the events."""

    features: dict[str, Encoded]
    types: dict[str, FeatureType]
    without_row: int
    without_events: int
    example_without_row: str | None = None
    example_without_events: str | None = None


def _by_values(values: pl.Series, feature: Feature) -> Encoded:
    return encode(values, feature.type)


@attrs.frozen
class SideRows:
    """The rows of a file of items or users: column _ID is the id as text, `key` the file's own.

    `noun` is "item" or "user".
    """

    table: Table
    rows: pl.DataFrame
    key: str
    features: tuple[Feature, ...]
    noun: str
    separator: str | None = None

    @classmethod
    def of(
        cls,
        table: Table,
        features: Sequence[Feature],
        *,
        noun: str = "item",
        key: str | None = None,
        key_of_events: str | None = None,
        separator: str | None = None,
    ) -> "SideRows":
        """The ids and features of a file, all held.

        `key` is the file's column of ids, by default `key_of_events`, the name in the file of
        events, or else a usual name; `separator` stands between the values of a list in text, by
        default what the file's values suggest.
        Raises DataError for a missing column and for a null or repeated id.
        """
        if key is None and key_of_events in table.columns:
            key = key_of_events
        key = find_column(table, noun, key, f"--{noun}s-id")
        if missing := [each.name for each in features if each.name not in table.columns]:
            what = "column" if len(missing) == 1 else "columns"
            listed = ", ".join(map(repr, missing))
            raise table.fault(f"no {what} {listed}; --{noun}-features can name {table.columns}")
        names = [feature.name for feature in features]
        [rows] = table.collect(
            table.frame.select(ROW, id_values(table, key).alias(_KEY), *map(pl.col, names))
        )
        if table.has_blank_lines:
            rows = rows.filter(~pl.all_horizontal(pl.exclude(ROW).is_null()))
        rows = rows.with_columns(pl.col(_KEY).cast(pl.String).alias(_ID))
        if are_written_as_floats(rows[_ID].drop_nulls()):
            rows = rows.with_columns(whole_text(pl.col(_ID)))
        _check_ids(table, rows, key, noun)
        return cls(table, rows, key, tuple(features), noun, separator)

    @property
    def ids(self) -> pl.Series:
        """The id of each row as text."""
        return self.rows[_ID]

    def encoded(
        self,
        externals: pl.Series,
        of_events: pl.Series | None = None,
        encoder: Callable[[pl.Series, Feature], Encoded] = _by_values,
    ) -> SideTable:
        """The features of `externals` (V,), which are by default those of the events.

        Ids match where their text is equal (see external_ids). Raises DataError for a faulty value,
        and where next to no row is of an id of the events.
        """
        owners = externals.cast(pl.String).alias(_ID).to_frame()
        known = owners if of_events is None else of_events.cast(pl.String).alias(_ID).to_frame()
        matched = owners.join(self.rows, on=_ID, how="left", maintain_order="left")
        _check_matches(self, known[_ID])
        encoded = {}
        for feature in self.features:
            values = _values(self.table, matched, feature, self.separator)
            try:
                encoded[feature.name] = encoder(values, feature)
            except FaultyValueError as fault:
                row = matched[ROW][fault.index]
                raise self.table.fault(str(fault), column=feature.name, row=row) from None
        without_row = known.join(self.rows, on=_ID, how="anti", maintain_order="left")
        without_events = self.rows.join(known, on=_ID, how="anti", maintain_order="left")
        return SideTable(
            encoded,
            {feature.name: feature.type for feature in self.features},
            len(without_row),
            len(without_events),
            next(iter(without_row[_ID]), None),
            next(iter(without_events[_ID]), None),
        )


def _check_ids(table: Table, rows: pl.DataFrame, key: str, noun: str) -> None:
    if not len(rows):
        raise table.fault("there is a header and no row below it")
    empty = rows.filter(pl.col(_KEY).is_null())
    if len(empty):
        value = table.value(key, empty[ROW][0])
        fault = "no value" if value is None else f"{value!r} is no id"
        raise table.fault(f"{fault}; give the {noun} its id", column=key, row=empty[ROW][0])
    repeats = rows.filter(~pl.col(_ID).is_first_distinct())
    if len(repeats):
        [value] = repeats[_KEY][:1]
        raise table.fault(
            f"{noun} {value!r} has a row already; keep one of them", column=key, row=repeats[ROW][0]
        )


def _check_matches(side: SideRows, owners: pl.Series) -> None:
    """DataError where next to no row is of an id of the events: they are written otherwise."""
    rows, noun = side.ids, side.noun
    matches = int(owners.is_in(rows.implode()).sum())
    if matches and matches >= _FEWEST_MATCHES * min(len(owners), len(rows)):
        return
    only_owners = owners.filter(~owners.is_in(rows.implode()))
    only_rows = rows.filter(~rows.is_in(owners.implode()))
    raise side.table.fault(
        f"{matches:,} of {len(owners):,} {noun}s have a row: the events have ids such as "
        f"{only_owners[0]!r}, this file such as {only_rows[0]!r}; "
        f"{likely_difference(only_owners, only_rows, f'--{noun}s-id')}",
        column=side.key,
    )


def _values(
    table: Table, matched: pl.DataFrame, feature: Feature, separator: str | None
) -> pl.Series:
    """The column as it is, text of list features split."""
    values = matched[feature.name]
    is_list = isinstance(values.dtype, (pl.List, pl.Array))
    inner = values.dtype.inner if isinstance(values.dtype, (pl.List, pl.Array)) else values.dtype
    if inner.is_nested() or inner in (pl.Binary, pl.Object):
        message = f"values are {values.dtype}; a feature has numbers, strings or lists of them"
        raise table.fault(message, column=feature.name)
    if feature.type not in LISTS:
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
