"""Whether a model is told when it is asked to recommend: a protocol of evaluation of its own."""

from collections.abc import Iterator

import attrs

from seqrec_core.schema import FeatureHint
from seqrec_core.spec import Recipe, Spec

__all__ = ["knows_request_time"]


def knows_request_time(recipe: Recipe) -> bool:
    """Whether a part of the model reads the feature that holds the time of the request.

    When the next event happens says much about which one it is, so such numbers are not to be
    compared with those of models that do not know it.
    """
    asked = {f.name for f in recipe.schema.features if f.hint is FeatureHint.REQUEST_TIME}
    return any(asked & {*part.needs("test").features} for part in _parts(recipe.model))


def _parts(part: Spec) -> Iterator[Spec]:
    """A part and all that stands in it."""
    yield part
    for field in attrs.fields(type(part)):
        value = getattr(part, field.name)
        for each in value if isinstance(value, tuple) else (value,):
            if isinstance(each, Spec):
                yield from _parts(each)
