"""The recipe of a run for data with more items."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import attrs

from seqrec_core.bundle import LOCK
from seqrec_core.data_folder import DataFolder
from seqrec_core.errors import DataError, Fault, SpecError
from seqrec_core.schema import FeatureHint
from seqrec_core.session import Session, load_resolved, read, resolve
from seqrec_core.spec import Recipe, SchemaSpec
from seqrec_core.spec.fields import Inherited, fields_of
from seqrec_core.spec.recipe import FeatureSpec
from seqrec_core.spec.record import Record

__all__ = ["grown_recipe"]

_SAME = ("type", "cardinality", "tensor_dim", "is_seq")


def grown_recipe(
    run: Path, data: Path, overrides: Iterable[str], session: Session
) -> tuple[Recipe, Recipe]:
    """The recipe of a run with changes, and the same on new data, with its number of items.

    Raises DataError where the data lacks a feature of the run, or has another one of that name.
    """
    before = load_resolved(run / LOCK, overrides, session).recipe
    if before.data is None or before.trainer is None:
        part = "data" if before.data is None else "trainer"
        raise SpecError([Fault(part, f"missing in {run}, so that nothing can be trained; add one")])
    there = read({"features": DataFolder(data).features()}, SchemaSpec, str(data), session)
    features = tuple(_grown(each, there, data) for each in before.schema.features)
    schema = SchemaSpec(features=features)
    old, new = before.schema.offers(), schema.offers()
    module = attrs.evolve(before.data, folder=str(data.resolve()))
    recipe = attrs.evolve(before, schema=schema, data=module)
    if old != new:
        sizes = {old["cardinality"], old["padding_value"]}
        recipe = resolve(_reopened(recipe, sizes), session)
    return before, recipe


def _grown(feature: FeatureSpec, there: SchemaSpec, data: Path) -> FeatureSpec:
    """A feature of the run with the size that it has in the data, if that is the item id."""
    column = feature.column or feature.name
    for each in there.features:
        if (each.column or each.name) == column:
            break
    else:
        if feature.hint is FeatureHint.QUERY_ID:
            return feature
        raise DataError(f"{data} has no feature {column!r}, which the run reads; {_remedy()}")
    if feature.hint is FeatureHint.ITEM_ID:
        last = feature.padding_value in (None, feature.cardinality)
        padding = None if last else feature.padding_value
        return attrs.evolve(feature, cardinality=each.cardinality, padding_value=padding)
    for name in _SAME:
        mine, other = getattr(feature, name), getattr(each, name)
        if mine != other and None not in (mine, other):
            raise DataError(
                f"{data}: {name} of {column!r} is {other}, and in the run {mine}; {_remedy()}"
            )
    return feature


def _remedy() -> str:
    return "prepare the data with --ids-from RUN --new-items append"


def _reopened(value: Any, sizes: set[int]) -> Any:
    """Specs whose inherited fields of one of the sizes are open, to be taken from the schema."""
    if isinstance(value, Record):
        changes = {}
        for field in fields_of(type(value)):
            content = getattr(value, field.name)
            is_size = isinstance(content, int) and not isinstance(content, bool)
            if isinstance(field.default, Inherited) and is_size and content in sizes:
                changes[field.name] = field.default
            elif (deeper := _reopened(content, sizes)) is not content:
                changes[field.name] = deeper
        return attrs.evolve(value, **changes) if changes else value
    if isinstance(value, tuple):
        parts = tuple(_reopened(each, sizes) for each in value)
        return parts if any(a is not b for a, b in zip(parts, value, strict=True)) else value
    if isinstance(value, dict):
        return {key: _reopened(each, sizes) for key, each in value.items()}
    return value
