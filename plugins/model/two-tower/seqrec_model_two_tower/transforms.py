"""The template pipeline of TwoTower."""

from seqrec_library_next_item.by_name import transforms_by_name
from seqrec_library_next_item.pipelines import next_token_transforms
from torch import nn

from seqrec_core.schema import TensorSchema


def make_default_twotower_transforms(
    tensor_schema: TensorSchema, query_column: str = "query_id"
) -> dict[str, list[nn.Module]]:
    """Transforms of each split for next-token prediction: the same as SasRec's."""
    return transforms_by_name(tensor_schema, next_token_transforms(tensor_schema, query_column))
