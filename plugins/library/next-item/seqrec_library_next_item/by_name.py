"""Default parts and transforms, looked up in the registry: a model imports no other plugin."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from torch import nn

from seqrec_core.build import Runtime, build_part
from seqrec_core.contracts import HeadProto
from seqrec_core.schema import TensorSchema
from seqrec_core.session import dump, load_resolved, read, registry
from seqrec_core.spec import SchemaSpec, TransformSpec


def default_head() -> HeadProto:
    """The head whose scores are products with the item embeddings."""
    spec = registry["head", "seqrec-head-tying:embedding_tying"].spec()
    head: HeadProto = build_part(spec, Runtime(TensorSchema([])), "head")
    return head


def default_parts(
    names: Iterable[str],
    model_type: str,
    schema: TensorSchema,
    categorical_list_feature_aggregation_method: str,
    init: str = "balanced",
    **sizes: float,
) -> dict[str, Any]:
    """The parts with these names that a spec of the model, of these sizes, would be built of.

    `names` are fields of the model's spec, `model_type` is its canonical name. The features are
    those of the schema; lists of categories are embedded by the given aggregation, and how large
    features start is up to `init` of the embedder.
    Weights are drawn from torch's global generator. Raises SpecError for sizes that do not fit.
    """
    embedder = {
        "type": "seqrec-embedder-sequence:sequence",
        "categorical_list_feature_aggregation_method": categorical_list_feature_aggregation_method,
        "init": init,
    }
    model = {"type": model_type, **sizes, "embedder": embedder}
    recipe = load_resolved({"schema": dump(SchemaSpec.of(schema)), "model": model}).recipe
    runtime = Runtime.of(recipe)
    return {
        name: build_part(getattr(recipe.model, name), runtime, f"model.{name}") for name in names
    }


def embedded_features(schema: TensorSchema, excluded: Iterable[str] | None) -> TensorSchema:
    """The schema without query id, timestamp and excluded features.

    Raises ValueError for an excluded name that it does not have.
    """
    excluded = set(excluded or ())
    if unknown := sorted(excluded - set(schema)):
        raise ValueError(f"excluded_features has {unknown}; the schema has {schema.names}")
    excluded |= {*schema.query_id_features, *schema.timestamp_features}
    return schema.subset(set(schema) - excluded)


def transforms_by_name(
    schema: TensorSchema, raw: Mapping[str, Sequence[Mapping[str, Any]]]
) -> dict[str, list[nn.Module]]:
    """The transforms of each split that raw specs describe; raises SpecError."""
    specs = read(raw, dict[str, tuple[TransformSpec, ...]], "transforms")
    runtime = Runtime(schema)
    return {
        split: [build_part(part, runtime, split) for part in parts]
        for split, parts in specs.items()
    }
