"""What a process works with: the registry and the listeners; and what users call with them."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seqrec_core.errors import SpecError
from seqrec_core.hooks import Listeners
from seqrec_core.reading import codec, files, limits
from seqrec_core.reading.codec import Reader
from seqrec_core.reading.files import Source
from seqrec_core.reading.resolve import Resolution, resolve_recipe
from seqrec_core.registry.registry import Registry
from seqrec_core.spec.recipe import Recipe

if TYPE_CHECKING:
    import torch

__all__ = [
    "DEFAULT",
    "Session",
    "dump",
    "load",
    "load_raw",
    "load_resolved",
    "read",
    "registry",
    "resolve",
]


class Session:
    """A registry with its allow list, and the listeners that are told of events.

    Outermost functions tell them, commands as those of Python: once a call.
    """

    def __init__(self, registry: Registry | None = None):
        self.registry = registry or Registry()
        self.listeners = Listeners(self.registry)

    def resolved(self, resolution: Resolution) -> Resolution:
        """The resolution itself, once the listeners have checked its recipe."""
        self.listeners.tell("seqrec_spec_resolved", recipe=resolution.recipe)
        return resolution

    def built(self, model: "torch.nn.Module", recipe: Recipe) -> "torch.nn.Module":
        """The model that the listeners make of one that was built, once all have seen it."""
        model = self.listeners.change(model, recipe)
        self.listeners.tell("seqrec_model_built", model=model, recipe=recipe)
        return model


DEFAULT = Session()
registry = DEFAULT.registry


def load(source: Source, overrides: Iterable[str] = (), session: Session = DEFAULT) -> Recipe:
    """The recipe of a spec file, or of plain data, as written: nothing is filled in.

    `overrides` are assignments such as `model.dropout=0.5`. Raises SpecError with every fault,
    those that only resolving shows included.
    """
    return files.read_file(source, overrides, session.registry)


def load_raw(path: Path, session: Session = DEFAULT) -> dict[str, Any]:
    """The plain data of a spec file, merged over the files it extends; nothing is checked.

    Raises SpecError for a file that cannot be read, is no JSON object, repeats a key or
    extends itself.
    """
    return files.load_raw(path, session.registry)


def load_resolved(
    source: Source,
    overrides: Iterable[str] = (),
    session: Session = DEFAULT,
    *,
    quietly: bool = False,
) -> Resolution:
    """The resolved recipe of a spec file, or of plain data, and where each value came from.

    `quietly` tells no listener: for what is compared with a spec that they were told of. Raises
    SpecError with every fault.
    """
    resolution = files.resolve_file(source, overrides, session.registry)
    return resolution if quietly else session.resolved(resolution)


def resolve(recipe: Recipe, session: Session = DEFAULT) -> Recipe:
    """The recipe with every value explicit; resolving twice changes nothing.

    Raises SpecError with every fault.
    """
    return session.resolved(resolve_recipe(recipe, session.registry)).recipe


def read(data: Any, type_: Any, path: str = "", session: Session = DEFAULT) -> Any:
    """The spec that plain data describes, or specs in dicts and tuples, as `type_` says.

    `path` is what faults call the place of the data. Raises SpecError with every fault.
    """
    limits.check(data, path)
    reader = Reader(session.registry)
    value = reader.read(data, type_, path)
    if reader.faults:
        raise SpecError(reader.faults)
    return value


def dump(value: Any, session: Session = DEFAULT) -> Any:
    """Plain data that reads back as an equal spec; fields left to resolve are left out.

    Raises UnknownComponentError for a spec class that is no component, SpecError for what holds
    itself.
    """
    return codec.dump(value, session.registry)
