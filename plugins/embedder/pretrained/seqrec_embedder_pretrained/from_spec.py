"""The embedder as a spec describes it: its vectors stand in the data folder."""

from collections.abc import Iterable
from pathlib import Path
from typing import Literal

import torch
from seqrec_embedder_sequence.sequence import SequenceEmbedding, event_features

from seqrec_core.schema import TensorSchema
from seqrec_embedder_pretrained.normalising import normalised
from seqrec_embedder_pretrained.pretrained import PretrainedEmbedding
from seqrec_embedder_pretrained.vector_file import read_vectors

__all__ = ["pretrained_embedding"]


def pretrained_embedding(
    schema: TensorSchema,
    data_dir: Path | None,
    vectors: str,
    id_column: str | None = "item",
    missing: Literal["error", "zero"] = "error",
    normalise: Literal["standardise", "whiten", "none"] = "standardise",
    adaptor: Literal["linear", "mlp", "moe"] = "linear",
    num_experts: int = 8,
    adaptor_dropout: float = 0.0,
    trainable: bool = False,
    with_ids: bool = False,
    features: Iterable[str] | None = None,
    excluded_features: Iterable[str] = (),
    categorical_list_feature_aggregation_method: Literal["sum", "mean", "max"] = "sum",
) -> PretrainedEmbedding:
    """The embedder of the features that `sequence` would embed; without a folder, its vectors come
    from a bundle.

    Raises ValueError where the item id is not among the features, DataError for faulty vectors.
    """
    names = event_features(schema, excluded_features, features)
    item = schema.item_id_features.item()
    if item.name not in names:
        raise ValueError(f"the features are {names}; add the item id, {item.name!r}, as well")
    others = [name for name in names if with_ids or name != item.name]
    rest = (
        SequenceEmbedding(
            schema.subset(others),
            categorical_list_feature_aggregation_method=categorical_list_feature_aggregation_method,
        )
        if others
        else None
    )
    tensor = None
    if data_dir is not None:
        matrix, is_there = read_vectors(
            data_dir, vectors, item.cardinality or 0, id_column, missing
        )
        tensor = torch.tensor(normalised(matrix, is_there, normalise), device="cpu")
    return PretrainedEmbedding(item, tensor, rest, adaptor, num_experts, adaptor_dropout, trainable)
