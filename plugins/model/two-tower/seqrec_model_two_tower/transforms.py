"""The template pipeline of TwoTower."""

from seqrec_model_sasrec.transforms import make_default_sasrec_transforms
from torch import nn

from seqrec_core.schema import TensorSchema


def make_default_twotower_transforms(
    tensor_schema: TensorSchema, query_column: str = "query_id"
) -> dict[str, list[nn.Module]]:
    """Transforms of each split for next-token prediction: the same as SasRec's."""
    return make_default_sasrec_transforms(tensor_schema, query_column)
