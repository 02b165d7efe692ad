"""Default parts and transforms, found by name, so that no plugin imports another."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from torch import nn

from seqrec_core.build import Runtime, build_part
from seqrec_core.codec import Reader, dump
from seqrec_core.errors import SpecError
from seqrec_core.loading import load_resolved
from seqrec_core.protocols import HeadProto
from seqrec_core.recipe import Recipe, SchemaSpec
from seqrec_core.registry import registry
from seqrec_core.schema import TensorSchema
from seqrec_core.spec import TransformSpec


def default_head() -> HeadProto:
    """The head whose scores are products with the item embeddings."""
    head = registry["head", "seqrec-head-tying:embedding_tying"]
    return build_part(head.spec(), Runtime(TensorSchema([])), "head")


def resolved_recipe(schema: TensorSchema, model: Mapping[str, Any]) -> Recipe:
    """The resolved recipe of a schema and a model as plain data; raises SpecError."""
    return load_resolved({"schema": dump(SchemaSpec.of(schema)), "model": model}).recipe


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
    reader = Reader(registry)
    specs = reader.read(raw, dict[str, tuple[TransformSpec, ...]], "transforms")
    if reader.faults:
        raise SpecError(reader.faults)
    runtime = Runtime(schema)
    return {split: [build_part(s, runtime, split) for s in found] for split, found in specs.items()}
