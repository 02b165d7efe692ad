"""Weights and classes of items that stand in a file of the data folder, a row an item."""

from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from seqrec_library_kernels.tensor_files import read_values

if TYPE_CHECKING:
    from pyarrow import Array

__all__ = ["read_class_mask", "read_weights"]


def read_weights(data_dir: Path | None, place: str | None) -> Tensor | None:
    """The numbers (V,) of the column at `place`, "file:column", as they are; None for None.

    Raises ValueError for a place that holds no numbers.
    """
    import pyarrow as pa

    if place is None:
        return None
    values = read_values(data_dir, place)
    if not (pa.types.is_integer(values.type) or pa.types.is_floating(values.type)):
        raise ValueError(f"{place!r} holds {values.type}; weights are numbers")
    return torch.tensor(values.to_numpy())


def read_class_mask(data_dir: Path | None, place: str, cardinality: int) -> Tensor:
    """The matrix (C, V) of the column at `place`, "file:column": True = the item is of the class.

    The column has the class, or the list of classes, of each item. Raises ValueError, which names
    the place, for another number of rows than items and for what are no whole numbers from 0.
    """
    mask = _class_mask(read_values(data_dir, place), place)
    if mask.size(1) != cardinality:
        raise ValueError(
            f"{place!r} has {mask.size(1)} rows, and there are {cardinality} items; give one row "
            "for each item"
        )
    return mask


def _class_mask(classes: "Array", place: str) -> Tensor:
    import pyarrow as pa
    import pyarrow.compute as pc

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
