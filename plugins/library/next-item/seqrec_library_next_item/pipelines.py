"""The transforms that turn a batch of columns into the arguments of a next-item model."""

from collections.abc import Sequence
from typing import Any

from seqrec_core.schema import FeatureHint, TensorSchema

__all__ = ["next_token_transforms"]

_TIMES = (FeatureHint.TIMESTAMP, FeatureHint.REQUEST_TIME)


def next_token_transforms(
    schema: TensorSchema,
    query_column: str | None = None,
    needs_negatives: bool = False,
    features: Sequence[str] | None = None,
    needs_logq: bool = False,
) -> dict[str, list[dict[str, Any]]]:
    """Raw transform specs of each split that turn a batch of columns into model arguments.

    Every feature but the query id is grouped, or, of those that events are embedded by, `features`
    and the item id: times and features of users always are. `query_column` is by default the
    schema's, and leaves the pipeline as "query_id". Negatives are those of the model's sampler,
    which with `needs_logq` also says how often it draws each.

    Raises ValueError for a schema without an item id, and for features that it does not have.
    """
    item = schema.item_id_features.item().name
    query = query_column or schema.query_id_feature_name or "query_id"
    if unknown := sorted(set(features or ()) - set(schema)):
        raise ValueError(f"features has {unknown}; the schema has {schema.names}")
    of_users = {f.name for f in schema.all_features if not f.is_seq} - {query}
    times = {f.name for f in schema.all_features if f.feature_hint in _TIMES}
    chosen = set(schema) if features is None else {item, *features} | times | of_users
    grouped = [name for name in schema.names if name in chosen - {query}]
    names = {f"{item}_mask": "padding_mask"} | ({} if query == "query_id" else {query: "query_id"})
    group = {"type": "seqrec-transform-columns:group", "mapping": {"feature_tensors": grouped}}
    evaluate = [_rename(names), group]
    train = [
        {
            "type": "seqrec-transform-sequence:next_token",
            "label_field": item,
            "query_features": [
                f"{n}{end}" for n in (query, *sorted(of_users)) for end in ("", "_mask")
            ],
        },
        _rename({**names, "positive_labels_mask": "target_padding_mask"}),
        _unsqueeze("positive_labels"),
        _unsqueeze("target_padding_mask"),
        group,
    ]
    if needs_negatives:
        logq = {"logq": True} if needs_logq else {}
        train.append({"type": "seqrec-transform-negatives:negatives", **logq})
    return {"train": train, "validate": evaluate, "test": evaluate, "predict": evaluate}


def _rename(mapping: dict[str, str]) -> dict[str, Any]:
    return {"type": "seqrec-transform-columns:rename", "mapping": mapping}


def _unsqueeze(column: str) -> dict[str, Any]:
    return {"type": "seqrec-transform-columns:unsqueeze", "column_name": column, "dim": -1}
