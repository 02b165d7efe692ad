"""What to change so that a training step fits a memory budget."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import attrs

from seqrec_core.errors import SeqrecError
from seqrec_core.session import dump, load_resolved, registry
from seqrec_core.spec import LossSpec, Recipe, Spec
from seqrec_core.spec.fields import Inherited, fields_of
from seqrec_tool_plan.settings import setting
from seqrec_tool_plan.step_cost import step_cost


@attrs.frozen
class Remedy:
    """A change that fits: what it is, the assignments for `--set`, and the bytes of training."""

    what: str
    settings: tuple[str, ...]
    peak: int


def remedies(spec: Path, overrides: list[str], budget: int, real: float) -> Iterator[Remedy]:
    """For each change of loss, and for none, the largest batch that trains in `budget` bytes.

    Batches are halved, and as many more of them make an optimiser step, where data and trainer
    have settings for that. Changes that the spec does not allow, and those that do not fit with
    a batch of one either, are left out.
    """
    recipe = load_resolved(spec, overrides).recipe
    for what, change in _changes(recipe):

        def peak(settings: tuple[str, ...]) -> int:
            changed = load_resolved(spec, [*overrides, *settings]).recipe
            return step_cost(changed, real).most

        try:
            batch = _largest_batch(recipe, change, peak, budget)
        except (SeqrecError, ValueError):  # the spec does not go with this change
            continue
        if batch is not None:
            yield Remedy(what, *batch)


def _largest_batch(
    recipe: Recipe,
    change: tuple[str, ...],
    peak: Callable[[tuple[str, ...]], int],
    budget: int,
) -> tuple[tuple[str, ...], int] | None:
    """The settings of the largest batch that fits together with a change, and their peak."""
    rows = setting(recipe.data, "batch_size")
    batches = setting(recipe.trainer, "accumulate_grad_batches")
    if rows is None or batches is None:
        rows = 1
    elif peak((*change, "data.batch_size=1")) > budget:
        return None
    parts = 1
    while rows // parts:
        settings = (
            *change,
            f"data.batch_size={rows // parts}",
            f"trainer.accumulate_grad_batches={batches * parts}",
        )
        settings = settings if parts > 1 else change
        if (bytes_ := peak(settings)) <= budget:
            return settings, bytes_
        parts *= 2
    return None


def _changes(recipe: Recipe) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Titles and assignments of what may take less memory than the loss as it is."""
    yield "smaller batch", ()
    loss, embedder = (setting(recipe.model, part) for part in ("loss", "embedder"))
    if not isinstance(loss, LossSpec):
        return
    if setting(loss, "backend", "chunked") != "chunked":
        yield "logits in chunks", ("model.loss.backend=chunked",)
    sampled: tuple[str, ...] = ()
    if name := _sampled_name(loss):
        sampled = (f"model.loss={_written(loss, name)}",)
        yield f"sampled loss, {name.partition(':')[2]}", sampled
    is_sampled = bool(sampled) or loss.needs_negatives
    if isinstance(embedder, Spec) and is_sampled and setting(embedder, "sparse") is False:
        rows = f"model.embedder={_written(embedder, sparse=True)}"
        yield "sampled loss, row-sparse gradients", (*sampled, rows)


def _sampled_name(loss: LossSpec) -> str | None:
    """The loss with drawn negatives that comes with this one, which has none, if there is one."""
    if loss.needs_negatives or setting(loss, "weight") is not None:  # a weight for each item
        return None
    distribution = registry.of_spec(type(loss)).distribution
    others = (each for each in registry if (each.kind, each.distribution) == ("loss", distribution))
    sampled = (each for each in others if _needs_negatives(each.spec))
    return next((each.canonical for each in sampled), None)


def _needs_negatives(spec: type[Spec]) -> bool:
    return issubclass(spec, LossSpec) and spec.needs_negatives


def _written(spec: Spec, type_: str | None = None, **changes: Any) -> str:
    """A component as a spec file would have it, with changes, or as one of another type."""
    component = registry.of_spec(type(spec))
    target = registry[component.kind, type_ or component.canonical]
    names = {field.name for field in fields_of(target.spec)}
    values = attrs.asdict(spec, recurse=False)
    settings = {
        field.name: dump(values[field.name])
        for field in fields_of(type(spec))
        if field.name in names
        and not isinstance(field.default, Inherited)
        and values[field.name] != field.default
    }
    return json.dumps({"type": target.name, **settings, **changes}, separators=(",", ":"))
