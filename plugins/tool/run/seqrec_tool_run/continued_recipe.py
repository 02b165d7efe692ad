"""The recipe of a run that goes on: what it left to defaults is as it was when the run began."""

from collections.abc import Mapping
from typing import Any

import attrs

from seqrec_core.spec import Recipe, Spec

__all__ = ["continued"]


def continued(recipe: Recipe, before: Recipe, lock: Mapping[str, Any]) -> Recipe:
    """The recipe with what its model began with, where fields came since.

    `before` is the recipe of the run, `lock` the plain data that it was read from.

    A lock states every value. A field that it does not state is newer than the run: the installed
    version may have another default than what the run was made with, which a migration of the
    component says. What the recipe sets itself stays.
    """
    model = _as_begun(recipe.model, before.model, lock.get("model"))
    return attrs.evolve(recipe, model=model)


def _as_begun(now: Any, before: Any, raw: Any) -> Any:
    """A spec with the values that the other has in fields of which the plain data know nothing."""
    if not (isinstance(now, Spec) and type(now) is type(before) and isinstance(raw, Mapping)):
        return now
    changes = {}
    for field in attrs.fields(type(now)):
        value, old = getattr(now, field.name), getattr(before, field.name)
        if field.name in raw:
            changes[field.name] = _as_begun(value, old, raw[field.name])
        elif value == field.default:
            changes[field.name] = old
    return attrs.evolve(now, **changes)
