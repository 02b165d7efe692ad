"""What a preset says of one data folder; or the model of that name, where there is no preset."""

import difflib
from collections.abc import Mapping
from typing import Any, NamedTuple

from seqrec_core.data_folder import DataFolder
from seqrec_core.errors import NotInstalledError, UnknownComponentError
from seqrec_core.reading.merge import merge
from seqrec_core.registry import Registry
from seqrec_core.registry.known import come_with
from seqrec_core.spec import Recipe
from seqrec_tool_specs.conditions import Facts, facts_of
from seqrec_tool_specs.presets import Preset, preset_of, preset_points, read_preset

__all__ = ["Choice", "choice_of", "spec_for"]


class Choice(NamedTuple):
    """The sections that a spec starts with, before the data's own suggestions, and what to say."""

    model: str
    sections: Mapping[str, Any]
    notes: tuple[str, ...] = ()


def choice_of(name: str, folder: DataFolder, registry: Registry) -> Choice:
    """What a preset comes to on a data folder, or a model's name alone where there is none.

    Raises RegistryErrors for names that nobody has or several have, and what reading raises.
    """
    point = preset_of(name, registry)
    if point is None:
        _check_model(name, registry)
        return Choice(name, {})
    return spec_for(read_preset(point, registry), facts_of(folder), registry)


def spec_for(preset: Preset, facts: Facts, registry: Registry) -> Choice:
    """The spec of a preset with the variants, in turn, whose conditions hold."""
    sections: dict[str, Any] = preset.spec
    variants = [variant for variant in preset.variants if variant.when.hold(facts)]
    for variant in variants:
        sections = merge(sections, variant.spec, Recipe, registry)
    model = sections["model"]
    notes = tuple(variant.note for variant in variants if variant.note)
    return Choice(model if isinstance(model, str) else model["type"], sections, notes)


def _check_model(name: str, registry: Registry) -> None:
    """Raises the error of the registry for a name that is no model, with the presets in it."""
    try:
        _ = registry["model", name]
    except UnknownComponentError as error:
        if ":" in name:
            raise
        if owners := registry.known.get(("presets", name)):
            message = f"preset {name!r} is not installed; {come_with(owners)}"
            raise NotInstalledError(message) from error
        presets = [point.name for point in preset_points(registry)]
        models = registry.names("model")
        close = difflib.get_close_matches(name, [*presets, *models], n=1)
        hint = f"; did you mean {close[0]!r}?" if close else ""
        raise UnknownComponentError(
            f"unknown preset or model {name!r}{hint}; presets are "
            f"{', '.join(dict.fromkeys(presets)) or 'none'}; models are "
            f"{', '.join(models) or 'none'}"
        ) from error
