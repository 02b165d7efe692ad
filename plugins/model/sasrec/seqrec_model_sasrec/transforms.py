"""The template pipeline of SasRec."""

from torch import nn

from seqrec_core.schema import TensorSchema
from seqrec_model_sasrec.by_name import transforms_by_name
from seqrec_model_sasrec.specs import next_token_transforms


def make_default_sasrec_transforms(
    tensor_schema: TensorSchema, query_column: str = "query_id"
) -> dict[str, list[nn.Module]]:
    """Transforms of each split, train, validate, test and predict, for next-token prediction.

    A batch has the column `query_column` (B,) and, for each feature of the schema, a column and
    its mask. In training it must be one event longer than the model's sequences.
    """
    return transforms_by_name(tensor_schema, next_token_transforms(tensor_schema, query_column))
