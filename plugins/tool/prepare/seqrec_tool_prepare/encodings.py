"""Values of a side feature, one an item or a user, as numbers a model can take.

What is missing becomes: id 0, kept free for it, in a categorical feature; the empty list in a
list of categories; 0, the mean, in a numerical feature; zeros in a numerical list.
"""

from typing import Any, cast

import attrs
import numpy as np
import polars as pl
import pyarrow as pa

from seqrec_core.schema import FeatureType

__all__ = ["Encoded", "FaultyValueError", "encode", "numbers_of", "vocabulary"]

LEAST_SPREAD = 1e-30


@attrs.frozen
class Encoded:
    """`values` (V,) one an owner, `sizes` for the schema, `encoding` for values yet to come.

    `missing` counts values that are, `unknown` categories that an earlier encoding does not have.
    """

    values: pa.Array
    sizes: dict[str, int]
    encoding: dict[str, Any]
    missing: int
    unknown: int = 0


class FaultyValueError(Exception):
    """The value number `index` cannot be encoded."""

    def __init__(self, index: int, message: str):
        self.index = index
        super().__init__(message)


def encode(values: pl.Series, feature_type: FeatureType) -> Encoded:
    """Encode values (V,), nulls where missing; lists where the type is one of lists.

    Raises FaultyValueError for a value that is no number where it must be one, and for lists of
    numbers of different lengths.
    """
    return {
        FeatureType.CATEGORICAL: _categorical,
        FeatureType.CATEGORICAL_LIST: _categorical_list,
        FeatureType.NUMERICAL: _numerical,
        FeatureType.NUMERICAL_LIST: _numerical_list,
    }[feature_type](values)


def _categorical(values: pl.Series) -> Encoded:
    if values.dtype.is_float():
        values = values.fill_nan(None)
    texts = values.cast(pl.String)
    known = vocabulary(texts)
    ids = texts.cast(pl.Enum(known)).to_physical().cast(pl.Int64) + 1
    return Encoded(
        ids.fill_null(0).to_arrow(),
        {"cardinality": len(known) + 1},
        {"values": [None, *known]},
        texts.null_count(),
    )


def _categorical_list(values: pl.Series) -> Encoded:
    lists = values.cast(pl.List(pl.String)).list.drop_nulls().list.unique(maintain_order=True)
    known = vocabulary(lists.explode(empty_as_null=False, keep_nulls=False))
    element = pl.element().cast(pl.Enum(known)).to_physical().cast(pl.Int64)
    ids = lists.list.eval(element).fill_null([])
    lengths = ids.list.len()
    return Encoded(
        ids.to_arrow().cast(pa.list_(pa.int64())),
        {"cardinality": max(len(known), 1), "tensor_dim": max(int(lengths.to_numpy().max()), 1)},
        {"values": known},
        int((lengths == 0).sum()),
    )


def spread_of(deviation: float) -> float:
    """What numbers are divided by: 1 for one value, or where quotients would leave float32."""
    return deviation if deviation > LEAST_SPREAD else 1.0


def _numerical(values: pl.Series) -> Encoded:
    numbers = numbers_of(values)
    mean, spread = numbers.mean() or 0.0, spread_of(cast("float", numbers.std(ddof=0) or 0.0))
    standard = ((numbers - mean) / spread).fill_null(0.0)
    return Encoded(
        standard.cast(pl.Float32).to_arrow(),
        {},
        {"mean": mean, "standard_deviation": spread},
        numbers.null_count(),
    )


def _numerical_list(values: pl.Series) -> Encoded:
    values = values.set(values.list.len() == 0, None)
    lengths = values.list.len()
    sizes = lengths.drop_nulls().unique()
    if len(sizes) > 1:
        size = lengths.drop_nulls()[0]
        index = int((lengths != size).fill_null(False).arg_max() or 0)
        raise FaultyValueError(
            index, f"{lengths[index]} numbers where others have {size}; all items need as many"
        )
    size = int(sizes[0]) if len(sizes) else 1
    place = np.repeat(np.arange(len(values)), lengths.fill_null(0).cast(pl.Int64).to_numpy())
    try:
        flat = numbers_of(values.explode(empty_as_null=False, keep_nulls=False))
    except FaultyValueError as fault:
        raise FaultyValueError(int(place[fault.index]), str(fault)) from None
    if flat.null_count():
        index = int(place[int(flat.is_null().arg_max() or 0)])
        raise FaultyValueError(index, "a list with a number missing; leave the whole list out")
    rows = np.zeros((len(values), size), np.float32)
    rows[lengths.is_not_null().to_numpy()] = flat.to_numpy().reshape(-1, size)
    offsets = pa.array(np.arange(len(values) + 1) * size, pa.int32())
    lists = pa.ListArray.from_arrays(offsets, pa.array(rows.reshape(-1)))
    return Encoded(lists, {"tensor_dim": size}, {}, lengths.null_count())


def numbers_of(values: pl.Series) -> pl.Series:
    """The values as floats; null where missing or NaN."""
    numbers = values.cast(pl.Float64, strict=False).fill_nan(None)
    text_nan = values.cast(pl.String).str.to_lowercase() == "nan"
    is_no_number = numbers.is_null() & values.is_not_null() & ~text_nan
    faulty = is_no_number | (numbers.abs() > np.finfo(np.float32).max)
    if faulty.any():
        index = int(faulty.fill_null(False).arg_max() or 0)
        raise FaultyValueError(
            index, f"{values[index]!r} is not a finite 32-bit number; correct it"
        )
    return numbers


def vocabulary(texts: pl.Series) -> list[str]:
    """Different values in order: of their numbers if all are whole numbers, else of their text."""
    known = texts.drop_nulls().unique().sort()
    whole = known.cast(pl.Int64, strict=False)
    if whole.null_count():
        return known.to_list()
    return known.to_frame().sort(whole, maintain_order=True).to_series().to_list()
