"""From a checkpoint and a spec to a bundle."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

import attrs
from torch import Tensor, nn

from seqrec_core.build import Runtime, build_model
from seqrec_core.bundle import Bundle
from seqrec_core.data_folder import DataFolder
from seqrec_core.errors import SeqrecError
from seqrec_core.session import DEFAULT, load_resolved
from seqrec_core.spec import AggregatorSpec, EmbedderSpec, ModelSpec, Spec
from seqrec_core.vocabulary import Vocabularies
from seqrec_tool_import_replay.checkpoint import read_weights
from seqrec_tool_import_replay.names import renamed

__all__ = ["fitting", "import_checkpoint"]

S = TypeVar("S", bound=Spec)


def import_checkpoint(checkpoint: Path, spec: Path, out: Path, full_length: bool) -> Bundle:
    """Writes the bundle of the spec's model with the checkpoint's weights.

    RePlay counts positions from the left, so that is how the model of the bundle counts them,
    unless all batches had full length: then both ways are equal, and counting from the right
    lets shorter batches score the same. Counted from the left they would not, so the bundle does
    not group by length. Raises SeqrecError with every weight that does not fit.
    """
    weights = read_weights(checkpoint)
    recipe = load_resolved(spec).recipe
    model_spec = _as_in_replay(recipe.model, "right" if full_length else "left")
    recipe = attrs.evolve(recipe, model=model_spec)
    if not full_length and recipe.data and recipe.data.trims_batches():
        recipe = attrs.evolve(recipe, data=_with(recipe.data, group_by_length=False))
    runtime = Runtime.of(recipe)
    model = DEFAULT.built(build_model(recipe, runtime), recipe)
    model.load_state_dict(fitting(weights, model))
    folder = DataFolder(Path(recipe.data.folder)) if recipe.data else None
    items = Vocabularies.of_folder(folder).items if folder else None
    return Bundle.write(out, model, recipe, items=items, parts=runtime.trace)


def _as_in_replay(model: ModelSpec, alignment: str) -> ModelSpec:
    """The spec with positions counted from that side, and features embedded as RePlay does."""
    parts = attrs.asdict(model, recurse=False)
    changed = {
        name: _with(part, alignment=alignment, init="reference")
        for name, part in parts.items()
        if isinstance(part, AggregatorSpec | EmbedderSpec)
    }
    return attrs.evolve(model, **changed)


def _with(part: S, **settings: Any) -> S:
    """The spec with those of the settings that it has."""
    fields = attrs.fields_dict(type(part))
    return attrs.evolve(part, **{name: settings[name] for name in settings if name in fields})


def fitting(weights: Mapping[str, Tensor], model: nn.Module) -> dict[str, Tensor]:
    """The checkpoint's weights as a state dict of the model.

    Raises SeqrecError that names each weight only one of them has, or that differs in shape.
    """
    places = model.state_dict()
    state, faults = {}, []
    for ours, theirs, value in renamed(weights):
        if ours in places and value.shape == places[ours].shape:
            state[ours] = value
        elif ours in places:
            shapes = f"{tuple(value.shape)}, in the spec's model {tuple(places[ours].shape)}"
            faults.append(f"{theirs} has the shape {shapes}")
            state[ours] = value
        elif not _is_unused(ours, model):
            faults.append(f"{theirs} has no place in the spec's model")
    faults += [f"{name} is missing in the checkpoint" for name in places if name not in state]
    if faults:
        listed = "\n".join(f"  {fault}" for fault in faults)
        raise SeqrecError(
            f"the checkpoint is not of the spec's model; check sizes, features and encoder:\n"
            f"{listed}"
        )
    return state


def _is_unused(name: str, model: nn.Module) -> bool:
    """Whether RePlay stores this linear map of a numerical feature without applying it."""
    owner, _, leaf = name.rpartition(".linear.")
    embedders = {
        path for path, part in model.named_modules(remove_duplicate=False) if _is_identity(part)
    }
    return leaf in ("weight", "bias") and owner in embedders


def _is_identity(part: nn.Module) -> bool:
    return "linear" in vars(part) and part.linear is None
