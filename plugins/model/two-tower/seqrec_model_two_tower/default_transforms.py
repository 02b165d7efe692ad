"""The template pipeline of TwoTower: transforms to begin with, made without a spec."""

from seqrec_library_next_item.by_name import transforms_by_name
from seqrec_library_next_item.pipelines import next_token_transforms
from torch import nn

from seqrec_core.schema import TensorSchema

__all__ = ["make_default_twotower_transforms"]


def make_default_twotower_transforms(
    tensor_schema: TensorSchema, query_column: str = "query_id"
) -> dict[str, list[nn.Module]]:
    """Transforms of each split, train, validate, test and predict, for next-token prediction.

    They are those of SasRec: a batch has the column `query_column` (B,) and, for each feature of
    the schema, a column and its mask. Raises ValueError for a schema without an item id.
    """
    return transforms_by_name(tensor_schema, next_token_transforms(tensor_schema, query_column))
