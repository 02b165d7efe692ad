"""Features of all items, ordered by item id."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.dataset
import pyarrow.fs
import torch
from torch import Tensor

from seqrec_core.errors import DataError
from seqrec_core.schema import FeatureHint, FeatureSource, TensorFeatureInfo, TensorSchema
from seqrec_reader_features.feature_column import Layout, feature_array

_LISTED = 5  # faulty ids that an error names


class FeaturesReader:
    """Holds the item features of a schema, row i for the i-th item id: int64 or float32.

    Read are the item id and the features whose source is ITEM_FEATURES, from their source
    columns, already encoded. `metadata` gives, by column, {} or {"shape": n, "padding": id} of
    the lists, which are padded on the left; without it lists are as wide as the longest, or
    as the schema's `tensor_dim`, and padded with the schema's padding value.

    `path` is a parquet file or folder, local or a URI that pyarrow opens; `filesystem` any
    other pyarrow file system.

    Raises ValueError where metadata and schema disagree, DataError, naming file, column and
    row, for a column that is missing or of the wrong type, nulls, ids outside the cardinality,
    and item ids that are missing or repeated.
    """

    def __init__(
        self,
        schema: TensorSchema,
        metadata: Mapping[str, Mapping[str, Any]] | None,
        path: str,
        *,
        filesystem: pyarrow.fs.FileSystem | None = None,
    ) -> None:
        columns = {f.name: _column(f) for f in schema.all_features if _is_of_items(f)}
        if metadata is not None:
            _check_metadata(set(metadata), set(columns.values()))
        table = _read(str(path), sorted(set(columns.values())), filesystem)
        arrays = {}
        for name, column in columns.items():
            layout = _layout(schema[name], (metadata or {}).get(column, {}), column)
            place = f"{path}, column {column!r}"
            arrays[name] = feature_array(table[column], schema[name], layout, place)
        item = schema.item_id_features.item()
        order = _order(arrays[item.name], item, f"{path}, column {columns[item.name]!r}")
        self._features = {name: torch.from_numpy(a[order]) for name, a in arrays.items()}

    @property
    def feature_names(self) -> list[str]:
        """Names of the features it holds, in the order of the schema."""
        return list(self._features)

    def __getitem__(self, key: str) -> Tensor:
        """One feature of all items, (V,) or (V, n)."""
        try:
            return self._features[key]
        except KeyError:
            raise KeyError(
                f"no item feature {key!r}; there are {self.feature_names}. Give it the source "
                "item_features in the schema, or leave it out of the item tower"
            ) from None


def _is_of_items(feature: TensorFeatureInfo) -> bool:
    """Whether the table of items has a column for the feature."""
    is_item_id = feature.feature_hint is FeatureHint.ITEM_ID
    sources = feature.feature_sources or ()
    return is_item_id or any(s.source is FeatureSource.ITEM_FEATURES for s in sources)


def _column(feature: TensorFeatureInfo) -> str:
    """The column of an item feature: that of the item table, if it comes from several."""
    sources = feature.feature_sources or ()
    of_items = [s for s in sources if s.source is FeatureSource.ITEM_FEATURES]
    return next((s.column for s in (*of_items, *sources)), feature.name)


def _check_metadata(described: set[str], columns: set[str]) -> None:
    """Raises ValueError unless the metadata describes exactly the columns that are read."""
    if extra := sorted(described - columns):
        raise ValueError(f"metadata has columns that are no item features in the schema: {extra}")
    if missing := sorted(columns - described):
        raise ValueError(f"metadata lacks item features of the schema: {missing}; give them {{}}")


def _layout(feature: TensorFeatureInfo, metadata: Mapping[str, Any], column: str) -> Layout:
    """The layout of a column, from its metadata and, where that is silent, the schema."""
    known = {"shape", "padding", "padding_value"}
    if unknown := sorted(set(metadata) - known):
        raise ValueError(f"metadata of {column!r} has {unknown}; known are {sorted(known)}")
    if metadata and not feature.is_list:
        raise ValueError(f"metadata of {column!r} must be {{}}: {feature.name!r} is no list")
    padding = metadata.get("padding", metadata.get("padding_value", feature.padding_value))
    width = metadata.get("shape", feature.tensor_dim)
    if width is not None and not (isinstance(width, int) and width > 0):
        raise ValueError(f"metadata of {column!r} has shape {width!r}; give a length of at least 1")
    if feature.is_list and feature.is_cat and padding not in range((feature.cardinality or 0) + 1):
        raise ValueError(
            f"metadata of {column!r} has padding {padding!r}; the ids of {feature.name!r} are 0 to "
            f"{feature.cardinality}, padding included"
        )
    return Layout(width, padding)


def _read(path: str, columns: list[str], filesystem: pyarrow.fs.FileSystem | None) -> pa.Table:
    """Some columns of a parquet file or folder; DataError where one, or the file, is missing."""
    try:
        file = pyarrow.dataset.dataset(path, format="parquet", filesystem=filesystem)
        if missing := [column for column in columns if column not in file.schema.names]:
            raise DataError(f"{path}: has no column {', '.join(map(repr, missing))}")
        return file.to_table(columns)
    except FileNotFoundError as cause:
        raise DataError(f"{path}: no such file; item features are read from it") from cause
    except (pa.ArrowException, OSError) as cause:
        raise DataError(f"{path}: cannot be read as parquet: {cause}") from cause


def _order(ids: np.ndarray, item: TensorFeatureInfo, place: str) -> np.ndarray:
    """The rows of the file in the order of item ids; each id of the catalogue stands once."""
    if item.cardinality is None:
        raise ValueError(f"feature {item.name!r} has no cardinality; give the number of items")
    everything = np.arange(item.cardinality + 1)
    is_padding = everything == item.padding_value
    catalogue = everything[~is_padding]
    counts = np.bincount(ids, minlength=len(everything))
    faulty = {
        "missing": everything[(counts == 0) & ~is_padding],
        "repeated": everything[counts > 1],
        "the padding id, no item": everything[(counts > 0) & is_padding],
    }
    if faults := [f"{_some(wrong)} {what}" for what, wrong in faulty.items() if len(wrong)]:
        raise DataError(
            f"{place}: {'; '.join(faults)}; write one row for each item id from {catalogue[0]} "
            f"to {catalogue[-1]}"
        )
    return np.argsort(ids)


def _some(ids: np.ndarray) -> str:
    """Words for a few ids, the first ones of many, as the subject of a sentence."""
    named = ", ".join(map(str, ids[:_LISTED]))
    more = f" and {len(ids) - _LISTED} more" if len(ids) > _LISTED else ""
    return f"id {named} is" if len(ids) == 1 else f"ids {named}{more} are"
