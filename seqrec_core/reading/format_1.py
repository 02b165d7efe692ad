"""Documents of format 1, in what the core knows of them: where filters stood."""

import warnings
from collections.abc import Mapping
from typing import Any

from seqrec_core.errors import Fault, RegistryError, SpecError
from seqrec_core.printable import shortened
from seqrec_core.registry.registry import Registry
from seqrec_core.spec.recipe import Recipe


def from_format_1(
    document: dict[str, Any], below: Mapping[str, Any] | None, registry: Registry | None
) -> dict[str, Any]:
    """Filters belong to the recipe: they stood in the trainer's metrics, and in each callback.

    Metrics with a `type` had no filter unless they named one, or the metrics below, of the same
    component, did.
    """
    trainer = document.get("trainer")
    if not isinstance(trainer, dict):
        return document
    metrics, is_new = trainer.get("metrics"), "postprocessors" not in document
    if isinstance(metrics, dict) and "postprocessors" in metrics:
        filters = metrics.pop("postprocessors")
        if not metrics:
            del trainer["metrics"]
        if not is_new and document["postprocessors"] != filters:
            message = "stands at the top, too, and says something else; keep that one"
            raise SpecError([Fault("trainer.metrics.postprocessors", message)])
        document["postprocessors"] = filters
    elif is_new and _type_of(metrics) and not _has_filters_below(metrics, document, below):
        document["postprocessors"] = []
        warnings.warn(
            "trainer.metrics: in a spec of format 1 metrics with a type filter nothing unless they "
            'say so, so "postprocessors" is []; write "seqrec": 2 for the default, which takes out '
            'what users have seen, or "postprocessors": [] for none',
            stacklevel=2,
        )
    _without_own_filters(trainer, document.get("postprocessors"), below, registry)
    return document


def _has_filters_below(
    metrics: Any, document: Mapping[str, Any], below: Mapping[str, Any] | None
) -> bool:
    """Whether metrics without filters have those of the metrics that they are laid over."""
    if below is None:
        return "extends" in document
    trainer = below.get("trainer")
    base = _type_of(trainer.get("metrics")) if isinstance(trainer, Mapping) else None
    return base is not None and _short(base) == _short(_type_of(metrics))


def _without_own_filters(
    trainer: dict[str, Any],
    filters: Any,
    below: Mapping[str, Any] | None,
    registry: Registry | None,
) -> None:
    """Takes the filters out of the callbacks, and warns where they are not those of the recipe."""
    if filters is None:
        filters = (below or {}).get("postprocessors", Recipe.default_postprocessors())
    callbacks = trainer.get("callbacks")
    for index, callback in enumerate(callbacks if isinstance(callbacks, list) else ()):
        own = callback.pop("postprocessors", []) if isinstance(callback, dict) else []
        if _ranks(callback, registry) and not _is_alike(own, filters):
            warnings.warn(
                f"trainer.callbacks[{index}].postprocessors: was {shortened(repr(own), 200)} in "
                f"this spec of format 1, and is now what stands at the top, "
                f"{shortened(repr(filters), 200)}, as for everything that ranks",
                stacklevel=2,
            )


def _ranks(callback: Any, registry: Registry | None) -> bool:
    """Whether a callback gets the filters of the recipe."""
    name = _type_of(callback)
    if registry is None or not isinstance(name, str):
        return False
    try:
        return "postprocessors" in registry["callback", name].spec.runtime
    except RegistryError:  # reading says so
        return False


def _is_alike(own: Any, filters: Any) -> bool:
    """Whether two lists of filters say the same, settings that only one of them spells aside."""
    if not (isinstance(own, list) and isinstance(filters, list) and len(own) == len(filters)):
        return False
    for left, right in zip(own, filters, strict=True):
        left, right = (side if isinstance(side, dict) else {"type": side} for side in (left, right))
        if _short(_type_of(left)) != _short(_type_of(right)):
            return False
        if any(left[key] != right[key] for key in {*left} & {*right} - {"type"}):
            return False
    return True


def _type_of(part: Any) -> Any:
    """The name of the component that plain data is of, None where it says none."""
    return part.get("type") if isinstance(part, dict) else part if isinstance(part, str) else None


def _short(name: Any) -> Any:
    """A component's name without its distribution."""
    return name.rpartition(":")[2] if isinstance(name, str) else name
