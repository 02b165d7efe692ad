"""Batches of the columns that models read, made of nothing but item ids."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from seqrec_datamodule_parquet.columns import Columns
from seqrec_datamodule_parquet.metadata import column_formats, metadata_of_schema
from torch import Tensor

from seqrec_core.errors import BundleError
from seqrec_core.schema import FeatureSource, TensorSchema

__all__ = ["HistoryBatches"]


class HistoryBatches:
    """Makes the batch that the data module would read from a file with these histories.

    `items` is the table of items, row i for id i, with the side features. Events are cut to the
    last `length`. Raises BundleError for a schema with features that no item has.
    """

    def __init__(self, schema: TensorSchema, items: pa.Table, length: int | None) -> None:
        if length is None:
            raise BundleError("the model has no max_sequence_length; histories need one")
        self.schema = schema
        self.length = length
        self.item = schema.item_id_features.item().name
        self.query = schema.query_id_feature_name or "query_id"
        self.features = {
            feature.name: _column(feature.name, feature.feature_source, items)
            for feature in schema.all_features
            if feature.name not in (self.item, self.query)
        }

    def batch(self, histories: Sequence[Sequence[int]]) -> dict[str, Tensor]:
        """Columns and their masks, True = real, of histories of ids, oldest event first."""
        offsets = np.cumsum([0, *map(len, histories)])
        ids = pa.array([item for history in histories for item in history], pa.int64())
        events = {name: values.take(ids) for name, values in self.features.items()}
        lists = {
            name: pa.LargeListArray.from_arrays(pa.array(offsets, pa.int64()), values)
            for name, values in {self.item: ids, "seen_ids": ids, **events}.items()
        }
        table = pa.table({self.query: np.arange(len(histories)), **lists}).combine_chunks()
        metadata = metadata_of_schema(self.schema, table.column_names, self.length)
        columns = Columns(table, column_formats(metadata, table.schema), self.item)
        batch = {}
        for name, (values, mask) in columns.batch(np.arange(len(histories))).items():
            batch[name], batch[f"{name}_mask"] = values, mask
        return batch


def _column(name: str, source: object, items: pa.Table) -> pa.Array:
    """The values of a side feature, one an item, as the data module reads them."""
    kind = getattr(source, "source", None)
    if kind is not FeatureSource.ITEM_FEATURES or name not in items.column_names:
        raise BundleError(
            f"the model reads {name!r}, which is no feature of items; a history holds items only: "
            "use `seqrec predict` with a data folder"
        )
    values = items[name].combine_chunks()
    if pa.types.is_list(values.type):
        values = values.cast(pa.large_list(values.type.value_type))
    return values
