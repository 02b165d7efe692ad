"""The transforms that turn a batch of columns into the arguments of a next-item model."""

from typing import Any

from seqrec_core.schema import TensorSchema

__all__ = ["next_token_transforms"]

NEGATIVES = 100
"""Negatives a batch, where the catalogue has as many."""


def next_token_transforms(
    schema: TensorSchema, query_column: str | None = None, needs_negatives: bool = False
) -> dict[str, list[dict[str, Any]]]:
    """Raw transform specs of each split that turn a batch of columns into model arguments.

    Every feature but the query id is grouped; `query_column` is by default the schema's, and
    leaves the pipeline as "query_id". Negatives are 100 a batch, or all items but one.

    Raises ValueError for a schema without an item id.
    """
    item_id = schema.item_id_features.item()
    item = item_id.name
    query = query_column or schema.query_id_feature_name or "query_id"
    features = [name for name in schema.names if name != query]
    names = {f"{item}_mask": "padding_mask"} | ({} if query == "query_id" else {query: "query_id"})
    group = {"type": "seqrec-transform-columns:group", "mapping": {"feature_tensors": features}}
    evaluate = [_rename(names), group]
    train = [
        {
            "type": "seqrec-transform-sequence:next_token",
            "label_field": item,
            "query_features": [query, f"{query}_mask"],
        },
        _rename({**names, "positive_labels_mask": "target_padding_mask"}),
        _unsqueeze("positive_labels"),
        _unsqueeze("target_padding_mask"),
        group,
    ]
    if needs_negatives:
        count = min(NEGATIVES, (item_id.cardinality or 0) - 1)
        train.append(
            {"type": "seqrec-transform-negatives:uniform_negatives", "num_negative_samples": count}
        )
    return {"train": train, "validate": evaluate, "test": evaluate, "predict": evaluate}


def _rename(mapping: dict[str, str]) -> dict[str, Any]:
    return {"type": "seqrec-transform-columns:rename", "mapping": mapping}


def _unsqueeze(column: str) -> dict[str, Any]:
    return {"type": "seqrec-transform-columns:unsqueeze", "column_name": column, "dim": -1}
