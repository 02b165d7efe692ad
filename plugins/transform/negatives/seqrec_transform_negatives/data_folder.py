"""Samplers whose weights stand in a file of the data folder."""

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import torch
from torch import Generator, Tensor

from seqrec_core.errors import DataError
from seqrec_transform_negatives.multiclass import MultiClassNegativeSamplingTransform
from seqrec_transform_negatives.uniform import UniformNegativeSamplingTransform


def uniform_negatives(
    cardinality: int,
    num_negative_samples: int,
    out_feature_name: str,
    sample_distribution: str | None,
    generator: Generator | None,
    data_dir: Path | None,
) -> UniformNegativeSamplingTransform:
    """A sampler whose distribution, if any, is a column with one weight per item."""
    weights = None
    if sample_distribution is not None:
        weights = torch.tensor(read_column(sample_distribution, data_dir).to_numpy())
    return UniformNegativeSamplingTransform(
        cardinality,
        num_negative_samples,
        out_feature_name=out_feature_name,
        sample_distribution=weights,
        generator=generator,
    )


def multiclass_negatives(
    num_negative_samples: int,
    sample_mask: str,
    negative_selector_name: str,
    out_feature_name: str,
    generator: Generator | None,
    data_dir: Path | None,
) -> MultiClassNegativeSamplingTransform:
    """A sampler whose classes are a column with the class, or the list of classes, of each item."""
    return MultiClassNegativeSamplingTransform(
        num_negative_samples,
        class_mask(read_column(sample_mask, data_dir)),
        negative_selector_name=negative_selector_name,
        out_feature_name=out_feature_name,
        generator=generator,
    )


def class_mask(classes: pa.Array) -> Tensor:
    """The matrix (C, V) of an integer or list column: True = the item is of the class."""
    num_items = len(classes)
    items = torch.arange(num_items)
    if pa.types.is_list(classes.type) or pa.types.is_large_list(classes.type):
        items = torch.tensor(pc.list_parent_indices(classes).to_numpy())
        classes = classes.flatten()
    rows = torch.tensor(classes.cast(pa.int64()).to_numpy())
    mask = torch.zeros(int(rows.max()) + 1, num_items, dtype=torch.bool)
    mask[rows, items] = True
    return mask


def read_column(place: str, data_dir: Path | None) -> pa.Array:
    """The column that "file:column" names; DataError when there is none, or a null in it."""
    file, _, column = place.rpartition(":")
    if not file:
        raise DataError(f'{place!r} names no column; write "file:column", like items.parquet:count')
    path = (data_dir or Path()) / file
    if not path.is_file():
        raise DataError(f"{path}: no such file; {place!r} is relative to the data folder")
    if column not in pq.read_schema(path).names:
        raise DataError(f"{path}: no column {column!r}; it has {pq.read_schema(path).names}")
    values = pq.read_table(path, columns=[column])[column].combine_chunks()
    if values.null_count:
        row = values.is_null().index(True).as_py()
        raise DataError(f"{path}: column {column!r}, row {row} is null")
    return values
