"""Types of JSON values as columns: text, lists of text, and objects as columns of their own."""

from collections.abc import Iterator, Sequence
from typing import Any

import polars as pl

__all__ = ["columns_of", "fits", "type_of"]

_Type = pl.DataType | pl.datatypes.DataTypeClass


def type_of(values: Sequence[Any]) -> pl.DataType:
    """The type that values (N,) of a key have: that of the first which is not null.

    Numbers, truth values and text are all text, as they are in other formats of text.
    """
    values = [value for value in values if value is not None]
    first = next(iter(values), None)
    if isinstance(first, list):
        return pl.List(
            type_of([one for value in values if isinstance(value, list) for one in value])
        )
    if isinstance(first, dict) and first:
        objects = [value for value in values if isinstance(value, dict)]
        keys = dict.fromkeys(key for value in objects for key in value)
        return pl.Struct({key: type_of([value.get(key) for value in objects]) for key in keys})
    return pl.String()


def fits(value: Any, dtype: _Type) -> bool:
    """Whether a value can be read as the type; text takes all but objects and lists."""
    if value is None:
        return True
    if isinstance(dtype, pl.List):
        return isinstance(value, list) and all(fits(one, dtype.inner) for one in value)
    if isinstance(dtype, pl.Struct):
        types = dtype.to_schema()
        return isinstance(value, dict) and all(
            fits(one, types[key]) for key, one in value.items() if key in types
        )
    return True


def columns_of(schema: dict[str, pl.DataType]) -> dict[str, pl.Expr]:
    """Columns by name; the key `id` of an object `user` is the column `user.id`."""
    columns: dict[str, pl.Expr] = {}
    for key, dtype in schema.items():
        for name, column in _flat(key, pl.col(key), dtype):
            columns.setdefault(name, column)
    return columns


def _flat(name: str, column: pl.Expr, dtype: _Type) -> Iterator[tuple[str, pl.Expr]]:
    is_list = isinstance(dtype, pl.List)
    inner = dtype.inner if isinstance(dtype, pl.List) else dtype
    if not isinstance(inner, pl.Struct):
        yield name, column
        return
    for field in inner.fields:
        if is_list:
            yield f"{name}.{field.name}", column.list.eval(pl.element().struct.field(field.name))
        else:
            yield from _flat(f"{name}.{field.name}", column.struct.field(field.name), field.dtype)
