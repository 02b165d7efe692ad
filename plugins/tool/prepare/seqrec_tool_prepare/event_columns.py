"""Features of events as columns of the file: how each is read, and which of its cells cannot be."""

from collections.abc import Mapping, Sequence
from typing import Any

import attrs
import numpy as np
import polars as pl

from seqrec_core.schema import FeatureType
from seqrec_tool_prepare.blanks import without_blanks
from seqrec_tool_prepare.column_choice import MISSING
from seqrec_tool_prepare.feature_choice import LISTS, Feature
from seqrec_tool_prepare.tables import ROW, Table

__all__ = ["EventColumn", "event_columns"]

_Type = pl.DataType | pl.datatypes.DataTypeClass
_PREFIX = "feature "  # keeps names of features apart from the columns of buckets
_MARKS = "|,"
_GREATEST = float(np.finfo(np.float32).max)


@attrs.frozen
class EventColumn:
    """One feature: `read` has its values, null where missing; `fault` is True for what is no value.

    Categories are text, numbers are floats, lists are lists of either.
    """

    feature: Feature
    read: pl.Expr
    fault: pl.Expr

    @property
    def name(self) -> str:
        """The name of the column while the events are sorted."""
        return _PREFIX + self.feature.name

    @property
    def fault_name(self) -> str:
        """The name of the column of faults while the events are surveyed."""
        return f"fault of {self.name}"

    def columns(self) -> dict[str, pl.Expr]:
        """The values and the faults of the feature by the names of their columns."""
        return {self.name: self.read, self.fault_name: self.fault}

    def survey(self, kept: pl.Expr) -> list[pl.Expr]:
        """What a survey of the events counts for `check`; `kept` is True for those to keep."""
        first_fault = pl.col(ROW).filter(pl.col(self.fault_name) & kept).min()
        if self.feature.type is not FeatureType.NUMERICAL_LIST:
            return [first_fault.alias(self.fault_name)]
        lengths = pl.col(self.name).list.len().filter(kept)
        return [
            first_fault.alias(self.fault_name),
            lengths.min().alias(f"least {self.name}"),
            lengths.max().alias(f"most {self.name}"),
        ]

    def check(self, table: Table, counts: Mapping[str, Any]) -> None:
        """DataError for the first cell that holds no value, by what a survey counted."""
        name, row = self.feature.name, counts[self.fault_name]
        if row is not None:
            lists = ", nor a list of such" * (self.feature.type in LISTS)
            raise table.fault(
                f"{str(table.value(name, row))[:100]!r} is not a finite 32-bit number{lists}; "
                "correct it, or empty the cell",
                column=name,
                row=row,
            )
        least, most = (counts.get(f"{end} {self.name}") for end in ("least", "most"))
        if least != most:
            raise table.fault(
                f"lists of {least} to {most} numbers; all events need as many, or none", column=name
            )


def event_columns(
    table: Table, features: Sequence[Feature], separator: str | None = None
) -> tuple[EventColumn, ...]:
    """How the features are read; one look at the file for each list whose mark is not said.

    Raises DataError for a format without columns, for columns that are not there, all at once, and
    for a column of a type that fits no feature.
    """
    if not features:
        return ()
    if table.format == "sequences":
        raise table.fault(
            'lines "user item item …" have no columns for --event-features; leave it out, or write '
            "a row an event with a header line"
        )
    columns = [name for name in table.columns if name != ROW]
    if missing := [each.name for each in features if each.name not in columns]:
        names = ", ".join(map(repr, missing))
        what = "column" if len(missing) == 1 else "columns"
        raise table.fault(f"no {what} {names}; --event-features can name {columns}")
    return tuple(_column(table, feature, separator) for feature in features)


def _column(table: Table, feature: Feature, separator: str | None) -> EventColumn:
    dtype = table.frame.collect_schema()[feature.name]
    is_list = isinstance(dtype, (pl.List, pl.Array))
    inner = dtype.inner if isinstance(dtype, (pl.List, pl.Array)) else dtype
    _check_type(table, feature, dtype, inner, is_list=is_list)
    values = pl.col(feature.name)
    if feature.type not in LISTS:
        return EventColumn(feature, *_reading(values, inner, feature.type))
    if isinstance(dtype, pl.Array):
        values = values.arr.to_list()
    if not is_list:
        values = values.str.split(separator or _mark(table, feature.name))
        values = values.list.eval(pl.element().str.strip_chars())
        values = values.list.eval(pl.element().filter(pl.element() != ""))
    read, fault = _reading(pl.element(), inner, feature.type)
    if feature.type is FeatureType.CATEGORICAL_LIST:
        return EventColumn(feature, values.list.eval(read).list.drop_nulls(), pl.lit(value=False))
    faults = values.list.eval(fault | read.is_null()).list.any().fill_null(value=False)
    numbers = values.list.eval(read)
    filled = pl.when(numbers.list.len() > 0).then(numbers)
    return EventColumn(feature, filled, faults)


def _reading(values: pl.Expr, dtype: _Type, feature_type: FeatureType) -> tuple[pl.Expr, pl.Expr]:
    """Single values as text or floats, null where missing, and True where they are neither."""
    if dtype.is_float():
        values = values.fill_nan(None)
    if feature_type in (FeatureType.CATEGORICAL, FeatureType.CATEGORICAL_LIST):
        return without_blanks(values.cast(pl.String)), pl.lit(value=False)
    if dtype == pl.String:
        stripped = values.str.strip_chars()
        values = pl.when(~stripped.str.to_lowercase().is_in(MISSING)).then(stripped)
    numbers = values.cast(pl.Float64, strict=False)
    is_finite = numbers.is_finite() & (numbers.abs() <= _GREATEST)
    return numbers, values.is_not_null() & ~is_finite.fill_null(value=False)


def _check_type(
    table: Table, feature: Feature, dtype: pl.DataType, inner: _Type, *, is_list: bool
) -> None:
    is_text = inner in (pl.String, pl.Categorical, pl.Enum)
    single = feature.type.value.removesuffix("_list")
    if inner.is_nested() or not (is_text or inner.is_numeric() or inner in (pl.Boolean, pl.Date)):
        message = f"values are {dtype}; a feature has numbers, strings or lists of them"
    elif single == "numerical" and inner == pl.Date:
        message = f"values are dates; name it {feature.name}:categorical"
    elif is_list and feature.type not in LISTS:
        message = f"values are lists; name it {feature.name}:{single}_list"
    elif not is_list and not is_text and feature.type in LISTS:
        message = f"values are {dtype}, not lists; name it {feature.name}:{single}"
    else:
        return
    raise table.fault(message, column=feature.name)


def _mark(table: Table, name: str) -> str:
    """What stands between the values of a list in text."""
    if table.types.get(name, "").endswith("_seq"):
        return " "
    text = pl.col(name)
    has = {mark: text.str.contains(mark, literal=True).any() for mark in _MARKS}
    [there] = table.collect(table.frame.select(**has))
    return next((mark for mark in _MARKS if there[mark].item()), " ")
