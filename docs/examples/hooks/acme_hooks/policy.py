"""Rejects models that are larger than our servers hold."""

from typing import TYPE_CHECKING

import attrs
from seqrec_core.errors import Fault, SpecError
from seqrec_core.hookspecs import hookimpl

if TYPE_CHECKING:
    from seqrec_core.spec.recipe import Recipe

LARGEST = 256


@hookimpl
def seqrec_spec_resolved(recipe: "Recipe") -> None:
    """Raises SpecError; its faults are printed like those of the spec itself."""
    size = attrs.asdict(recipe.model, recurse=False).get("embedding_dim", 0)
    if size > LARGEST:
        message = f"{size} is more than {LARGEST}, which our servers hold; choose less"
        raise SpecError([Fault("model.embedding_dim", message)])
