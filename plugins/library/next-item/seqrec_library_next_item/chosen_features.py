"""The features of events that a model is told to embed."""

from collections.abc import Iterable, Sequence

from seqrec_core.errors import Fault, SpecError
from seqrec_core.schema import TensorSchema

__all__ = ["check_chosen_features"]


def check_chosen_features(schema: TensorSchema, features: Sequence[str] | None) -> None:
    """Raises SpecError for features that the schema has not for events, or without the item id.

    They are what the spec of a model says as `features`; None, for all that there are, is right.
    """
    if features is None:
        return
    if faults := [Fault("model.features", fault) for fault in _faults(schema, features)]:
        raise SpecError(faults)


def _faults(schema: TensorSchema, features: Sequence[str]) -> Iterable[str]:
    """What is wrong with them, in words."""
    queries = schema.query_id_features
    names = [name for name in schema.sequential_features if name not in queries]
    if unknown := sorted(set(features) - set(names)):
        yield f"has {', '.join(unknown)}; choose features of events: {', '.join(names)}"
    item = schema.item_id_feature_name
    if item not in features:
        yield f"lacks the item id, whose embeddings items are scored with; add {item!r}"
