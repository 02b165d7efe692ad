"""Refuses a recipe whose batches would be trimmed while its positions count from the left."""

from collections.abc import Iterator

import attrs

from seqrec_aggregator_position.specs import PositionAwareAggregatorSpec
from seqrec_core.errors import Fault, SpecError
from seqrec_core.hookspecs import hookimpl
from seqrec_core.spec import Recipe, Spec


@hookimpl
def seqrec_spec_resolved(recipe: Recipe) -> None:
    """Raises SpecError where scores would depend on the neighbours in a batch.

    That is where the data module trims batches to their longest sequence and an aggregator of
    the model, at any depth, counts positions from the left.
    """
    if recipe.data is None or not recipe.data.trims_batches():
        return
    faults = [
        Fault(
            f"{path}.alignment",
            'is "left", and the data module trims batches: scores would depend on the longest '
            "sequence of a batch; align to the right, or trim none (data.group_by_length=false)",
        )
        for path, aggregator in _aggregators(recipe.model, "model")
        if aggregator.alignment == "left"
    ]
    if faults:
        raise SpecError(faults)


def _aggregators(part: Spec, path: str) -> Iterator[tuple[str, PositionAwareAggregatorSpec]]:
    """Every aggregator of this distribution below a part, with its path."""
    if isinstance(part, PositionAwareAggregatorSpec):
        yield path, part
    for field in attrs.fields(type(part)):
        value = getattr(part, field.name)
        if isinstance(value, Spec):
            yield from _aggregators(value, f"{path}.{field.name}")
