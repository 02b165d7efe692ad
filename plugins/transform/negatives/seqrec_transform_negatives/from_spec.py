"""Samplers whose weights stand in a file of the data folder."""

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import torch
from seqrec_library_kernels.tensor_files import read_values
from torch import Generator, Tensor

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
        values = read_values(data_dir, sample_distribution)
        if not (pa.types.is_integer(values.type) or pa.types.is_floating(values.type)):
            raise ValueError(f"{sample_distribution!r} holds {values.type}; weights are numbers")
        weights = torch.tensor(values.to_numpy())
    return UniformNegativeSamplingTransform(
        cardinality,
        num_negative_samples,
        out_feature_name=out_feature_name,
        sample_distribution=weights,
        generator=generator,
    )


def multiclass_negatives(
    cardinality: int,
    num_negative_samples: int,
    sample_mask: str,
    negative_selector_name: str,
    out_feature_name: str,
    generator: Generator | None,
    data_dir: Path | None,
) -> MultiClassNegativeSamplingTransform:
    """A sampler whose classes are a column with the class, or the list of classes, of each item.

    Raises ValueError for a column that has not `cardinality` rows, or other values than classes.
    """
    mask = class_mask(read_values(data_dir, sample_mask), sample_mask)
    if mask.size(1) != cardinality:
        raise ValueError(
            f"{sample_mask!r} has {mask.size(1)} rows, and there are {cardinality} items; give one "
            "row for each item"
        )
    return MultiClassNegativeSamplingTransform(
        num_negative_samples,
        mask,
        negative_selector_name=negative_selector_name,
        out_feature_name=out_feature_name,
        generator=generator,
    )


def class_mask(classes: pa.Array, place: str) -> Tensor:
    """The matrix (C, V) of an integer or list column: True = the item is of the class.

    Raises ValueError, which names the place, for what are no whole numbers from 0.
    """
    num_items = len(classes)
    items = torch.arange(num_items)
    if isinstance(classes, pa.ListArray | pa.LargeListArray | pa.FixedSizeListArray):
        items = torch.tensor(pc.list_parent_indices(classes).to_numpy())
        classes = classes.flatten()
    if not (pa.types.is_integer(classes.type) or pa.types.is_boolean(classes.type)):
        raise ValueError(f"{place!r} holds {classes.type}; classes are whole numbers from 0")
    if classes.null_count or not len(classes):
        raise ValueError(f"{place!r} has a null in a list, or no class; give each item its classes")
    rows = torch.tensor(classes.cast(pa.int64()).to_numpy())
    if int(rows.min()) < 0:
        row = int(items[rows.argmin()])
        raise ValueError(f"{place!r} is {int(rows.min())} in row {row}; classes start from 0")
    mask = torch.zeros(int(rows.max()) + 1, num_items, dtype=torch.bool)
    mask[rows, items] = True
    return mask
