"""Documents of format 1, in what they say of negatives: the number stands in the model now."""

from typing import Any

import attrs

from seqrec_core.errors import RegistryError
from seqrec_core.registry import Registry

UNIFORM = "seqrec-transform-negatives:uniform_negatives"
SAMPLER = "seqrec-sampler-standard:uniform"
USUAL = 100  # negatives of the default pipeline, or all items but one


def from_format_1(document: dict[str, Any], registry: Registry) -> dict[str, Any]:
    """The document with the sampler of its training transforms as `model.negatives`.

    So it is where a single `uniform_negatives` draws for a model with that slot; any other
    document goes on to draw as it did. The draws are the same.
    """
    train = _at(document, "data", "transforms", "train") or []
    model = document.get("model")
    names = [_name(raw, "transform", registry) for raw in train]
    places = [place for place, name in enumerate(names) if name == UNIFORM]
    if len(places) != 1 or not isinstance(model, dict) or not _has_slot(model, registry):
        return document
    raw = train[places[0]]
    settings = {k: v for k, v in raw.items() if k != "type"} if isinstance(raw, dict) else {}
    if settings.pop("out_feature_name", "negative_labels") != "negative_labels":
        return document
    count, items = settings.get("num_negative_samples", USUAL), settings.get("cardinality")
    settings["num_negative_samples"] = count
    if isinstance(items, int) and count == min(USUAL, items - 1):
        del settings["num_negative_samples"]
    model["negatives"] = {"type": SAMPLER, **settings}
    train[places[0]] = {"type": "seqrec-transform-negatives:negatives"}
    return document


def _at(document: Any, *keys: str) -> Any:
    """The list at a path, None where there is none."""
    for key in keys:
        document = document.get(key) if isinstance(document, dict) else None
    return document if isinstance(document, list) else None


def _name(raw: Any, kind: str, registry: Registry) -> str | None:
    """The canonical name of the component that plain data describes, if it is one."""
    name = raw.get("type") if isinstance(raw, dict) else raw
    try:
        return registry[kind, name].canonical if isinstance(name, str) else None
    except RegistryError:
        return None


def _has_slot(model: dict[str, Any], registry: Registry) -> bool:
    """Whether a model has the field `negatives`, and does not use it."""
    try:
        name = _name(model, "model", registry)
        fields = attrs.fields_dict(registry["model", name].spec) if name else {}
    except RegistryError:
        return False
    return "negatives" not in model and "negatives" in fields
