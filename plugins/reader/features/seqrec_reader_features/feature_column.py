"""One column of an item table as an array, with every fault named."""

from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from seqrec_core.errors import DataError
from seqrec_core.schema import TensorFeatureInfo


class Layout(NamedTuple):
    """How a list column becomes a matrix: values a row (None = the longest) and padding."""

    width: int | None
    padding: int


def feature_array(
    column: pa.ChunkedArray, feature: TensorFeatureInfo, layout: Layout, place: str
) -> np.ndarray:
    """The values of a feature, (V,) or, padded on the left, (V, n): float32 or int64.

    `place` names file and column in errors. Raises DataError for nulls, a type that does not
    fit the feature, ids outside its cardinality, infinities and lists longer than the layout.
    """
    _refuse_nulls(column, place)
    if not feature.is_list:
        if not _is_number(column.type, feature):
            raise _wrong_type(column.type, feature, place)
        return _numbers(column, np.arange(len(column)), feature, place)
    lengths = _lengths(column, feature, place)
    flat = pc.list_flatten(column)
    rows = np.repeat(np.arange(len(lengths)), lengths)
    _refuse_nulls(flat, place, rows)
    return _pad(_numbers(flat, rows, feature, place), lengths, layout, place)


def _lengths(column: pa.ChunkedArray, feature: TensorFeatureInfo, place: str) -> np.ndarray:
    """Length of the list in each row; DataError where a row holds no list of fitting numbers."""
    of_lists = pa.types.is_list, pa.types.is_large_list, pa.types.is_fixed_size_list
    is_list = any(is_of(column.type) for is_of in of_lists)
    if not (is_list and _is_number(column.type.value_type, feature)):
        raise _wrong_type(column.type, feature, place)
    lengths: np.ndarray = pc.list_value_length(column).to_numpy().astype(np.int64)
    return lengths


def _pad(values: np.ndarray, lengths: np.ndarray, layout: Layout, place: str) -> np.ndarray:
    """Lists, given one after another, as rows of a matrix (V, n), padded on the left."""
    longest = int(lengths.max(initial=1))
    width = longest if layout.width is None else layout.width
    if longest > width:
        row = int(np.argmax(lengths > width))
        raise DataError(
            f"{place}, row {row}: {lengths[row]} values, more than the shape {width}; "
            "raise the shape in the metadata or shorten the list"
        )
    padded = np.full((len(lengths), width), layout.padding, dtype=values.dtype)
    padded[np.arange(width) >= width - lengths[:, None]] = values
    return padded


def _is_number(type_: pa.DataType, feature: TensorFeatureInfo) -> bool:
    """Whether values of the type are ids, or also fractions where the feature is numerical."""
    return pa.types.is_integer(type_) or (feature.is_num and pa.types.is_floating(type_))


def _wrong_type(type_: pa.DataType, feature: TensorFeatureInfo, place: str) -> DataError:
    """The error of a column that cannot hold the feature."""
    value = "whole numbers" if feature.is_cat else "numbers"
    content = f"a list of {value} a row" if feature.is_list else value
    return DataError(
        f"{place}: holds {type_}; the {feature.feature_type.value} feature {feature.name!r} "
        f"needs {content}, already encoded"
    )


def _refuse_nulls(
    column: pa.ChunkedArray | pa.Array, place: str, rows: np.ndarray | None = None
) -> None:
    """Raises DataError at the first null; `rows` says of which row each value is."""
    if column.null_count:
        index = int(np.argmax(column.is_null().to_numpy(zero_copy_only=False)))
        row = index if rows is None else rows[index]
        raise DataError(f"{place}, row {row}: null; every item needs a value")


def _numbers(
    column: pa.ChunkedArray | pa.Array, rows: np.ndarray, feature: TensorFeatureInfo, place: str
) -> np.ndarray:
    """Finite numbers of single precision, or ids, padding included: rows 0..cardinality."""
    values: np.ndarray = column.to_numpy()
    if feature.is_num:
        wrong, allowed = ~(abs(values) <= np.finfo(np.float32).max), "finite 32-bit numbers"
    else:
        last = feature.cardinality or 0
        wrong, allowed = (values < 0) | (values > last), f"ids from 0 to {last}, padding included"
    if wrong.any():
        first = int(np.argmax(wrong))
        raise DataError(
            f"{place}, row {rows[first]}: {values[first]}; feature {feature.name!r} has {allowed}"
        )
    return values.astype(np.float32 if feature.is_num else np.int64, copy=False)
