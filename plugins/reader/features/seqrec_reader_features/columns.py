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
    fit the feature, ids outside its cardinality and lists longer than the layout.
    """
    _refuse_nulls(column, place)
    if not feature.is_list:
        _check_type(column.type, feature, place)
        values = _to_numpy(column, feature)
        _check_ids(values, np.arange(len(values)), feature, place)
        return values
    lengths = _lengths(column, feature, place)
    flat = pc.list_flatten(column)
    rows = np.repeat(np.arange(len(lengths)), lengths)
    _refuse_nulls(flat, place, rows)
    values = _to_numpy(flat, feature)
    _check_ids(values, rows, feature, place)
    return _pad(values, lengths, layout, place)


def _lengths(column: pa.ChunkedArray, feature: TensorFeatureInfo, place: str) -> np.ndarray:
    of_lists = pa.types.is_list, pa.types.is_large_list, pa.types.is_fixed_size_list
    if not any(is_list(column.type) for is_list in of_lists):
        raise _wrong_type(column.type, feature, place)
    _check_type(column.type.value_type, feature, place)
    return pc.list_value_length(column).to_numpy().astype(np.int64)


def _pad(values: np.ndarray, lengths: np.ndarray, layout: Layout, place: str) -> np.ndarray:
    longest = int(lengths.max(initial=0))
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


def _to_numpy(column: pa.ChunkedArray | pa.Array, feature: TensorFeatureInfo) -> np.ndarray:
    return column.to_numpy().astype(np.float32 if feature.is_num else np.int64, copy=False)


def _check_type(type_: pa.DataType, feature: TensorFeatureInfo, place: str) -> None:
    is_number = pa.types.is_integer(type_) or (feature.is_num and pa.types.is_floating(type_))
    if not is_number:
        raise _wrong_type(type_, feature, place)


def _wrong_type(type_: pa.DataType, feature: TensorFeatureInfo, place: str) -> DataError:
    value = "whole numbers" if feature.is_cat else "numbers"
    wanted = f"a list of {value} a row" if feature.is_list else value
    return DataError(
        f"{place}: holds {type_}; the {feature.feature_type.value} feature {feature.name!r} "
        f"needs {wanted}, already encoded"
    )


def _refuse_nulls(
    column: pa.ChunkedArray | pa.Array, place: str, rows: np.ndarray | None = None
) -> None:
    if column.null_count:
        index = int(np.argmax(column.is_null().to_numpy(zero_copy_only=False)))
        row = index if rows is None else rows[index]
        raise DataError(f"{place}, row {row}: null; every item needs a value")


def _check_ids(
    values: np.ndarray, rows: np.ndarray, feature: TensorFeatureInfo, place: str
) -> None:
    """Ids 0..cardinality are rows of the embedding table, padding included."""
    if feature.is_num or feature.cardinality is None:
        return
    outside = (values < 0) | (values > feature.cardinality)
    if outside.any():
        first = int(np.argmax(outside))
        raise DataError(
            f"{place}, row {rows[first]}: id {values[first]}; feature {feature.name!r} has the "
            f"ids 0 to {feature.cardinality - 1} and the padding {feature.padding_value}"
        )
