"""Resolved specs to objects. Here torch is imported for the first time."""

import contextlib
import os
import pkgutil
import threading
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import attrs

from seqrec_core.errors import BrokenPluginError, BuildError, BundleError, SeqrecError, words_of
from seqrec_core.faults import Built, failure, origin
from seqrec_core.registry.registry import Registry
from seqrec_core.schema import TensorSchema
from seqrec_core.session import DEFAULT, Session, resolve
from seqrec_core.spec.fields import Open, fields_of
from seqrec_core.spec.recipe import Recipe
from seqrec_core.spec.record import Spec

if TYPE_CHECKING:
    import torch

__all__ = ["Built", "Runtime", "build", "build_model", "build_part", "target_of"]

_SUPPLIED = ("schema", "seed", "data_dir", "model", "generator", "postprocessors", "negatives")
_seeding = threading.RLock()  # torch has one global generator


@attrs.define
class Runtime:
    """What build supplies to targets that ask for it by name in `runtime`.

    `data_dir` is the folder of the prepared data, `model` the built model, for trainers; filters
    and sampler are those of `recipe`; `extra` is for callers' own names; `session` has the
    registry; `trace` collects what was built, parts first; `bundle` is the folder of the bundle
    that is read, if any.
    """

    schema: TensorSchema
    seed: int = 0
    data_dir: Path | None = None
    model: "torch.nn.Module | None" = None
    extra: dict[str, Any] = attrs.Factory(dict)
    session: Session = DEFAULT
    trace: list[Built] = attrs.Factory(list)
    bundle: Path | None = None
    recipe: Recipe | None = None

    @classmethod
    def of(cls, recipe: Recipe, **changes: Any) -> "Runtime":
        """What a recipe's own components are built with."""
        if recipe.data and "data_dir" not in changes:
            changes["data_dir"] = recipe.data.here()
        runtime = cls(schema=recipe.schema.tensor_schema(), seed=recipe.seed, recipe=recipe)
        return attrs.evolve(runtime, **changes)

    @cached_property
    def postprocessors(self) -> tuple[Any, ...]:
        """What changes logits before they are ranked; none where nothing is."""
        parts = self.recipe.postprocessors if self.recipe else ()
        is_open = isinstance(parts, Open)
        return () if is_open else _argument(parts, self, "postprocessors")

    @cached_property
    def negatives(self) -> Any:
        """What draws the negatives that the model's loss compares with, None where it has none."""
        sampler = self.recipe.model.sampler() if self.recipe else None
        return sampler and build_part(sampler, self, "model.negatives")

    @property
    def generator(self) -> "torch.Generator":
        """A generator of its own for each component, seeded by the recipe and the process.

        Processes of one run draw different numbers: RANK is what launchers give each of them.
        """
        import torch

        rank = int(os.environ.get("RANK") or os.environ.get("LOCAL_RANK") or 0)
        return torch.Generator().manual_seed(self.seed + rank)


def build(
    recipe: Recipe,
    session: Session = DEFAULT,
    *,
    device: str | None = None,
    runtime: Runtime | None = None,
) -> "torch.nn.Module":
    """The model of a recipe, its weights drawn from the recipe's seed; tells listeners.

    The recipe is resolved first, which changes nothing on a resolved one. `device="meta"`
    builds without memory for weights. The caller's random state is left alone.

    Raises SpecError, or BuildError with the path of the component that failed, or where torch is
    not installed.
    """
    session = runtime.session if runtime and session is DEFAULT else session
    recipe = resolve(recipe, session)
    runtime = runtime or Runtime.of(recipe, session=session)
    return session.built(build_model(recipe, runtime, device=device), recipe)


def build_model(
    recipe: Recipe, runtime: Runtime, *, device: str | None = None
) -> "torch.nn.Module":
    """The model of a resolved recipe, as `build` makes it; tells nobody."""
    try:
        import torch
    except ImportError as cause:
        raise BuildError(f"a model is built with torch: {cause}; pip install torch") from cause

    place = torch.device(device) if device else contextlib.nullcontext()
    with _seeding, torch.random.fork_rng(devices=[]), place:
        torch.manual_seed(recipe.seed)
        model: torch.nn.Module = build_part(recipe.model, runtime, "model")
    return model


def build_part(spec: Spec, runtime: Runtime, path: str = "") -> Any:
    """The object of any resolved spec, its parts built first.

    Raises BuildError with the path of the component that failed, BrokenPluginError if its
    target does not import.
    """
    target = target_of(spec, runtime.session.registry)
    arguments = {}
    for field in fields_of(type(spec)):
        if not field.info.for_parts:
            where = f"{path}.{field.name}" if path else field.name
            arguments[field.name] = _argument(getattr(spec, field.name), runtime, where)
    files = asset_folder(runtime.bundle, path) if runtime.bundle else None
    has_files = files is not None and files.is_dir()
    for name in spec.runtime:
        from_files = has_files and name == "data_dir"
        arguments[name] = None if from_files else _runtime_value(spec, runtime, name, path)
    name = f"{path} ({origin(type(spec), runtime.session.registry)})" if path else spec.target
    try:
        product = target(**arguments)
        if has_files:
            product.load_assets(files)
    except (SeqrecError, Warning):
        raise
    except Exception as cause:
        said = f"{name}: {failure('build', cause)}"
        is_data_gone = runtime.bundle is not None and runtime.data_dir == runtime.bundle
        if is_data_gone and "data_dir" in spec.runtime and not has_files:
            raise BundleError(
                f"{said}. It reads the data folder, which is not there: give it as data_dir, or "
                "let the component keep what it reads by save_assets and load_assets"
            ) from cause
        raise BuildError(said) from cause
    runtime.trace.append(Built(path, spec, product))
    return product


def asset_folder(bundle: Path, path: str) -> Path:
    """Where a bundle holds the files of the component at a path of its spec."""
    return bundle / "assets" / quote(path, safe="[]")


def _argument(value: Any, runtime: Runtime, path: str) -> Any:
    if isinstance(value, Open):
        raise BuildError(f"{path}: is left open; resolve the spec before building it")
    if isinstance(value, Spec):
        return build_part(value, runtime, path)
    if isinstance(value, tuple):
        return tuple(_argument(item, runtime, f"{path}[{i}]") for i, item in enumerate(value))
    if isinstance(value, dict):
        return {key: _argument(item, runtime, f"{path}.{key}") for key, item in value.items()}
    return value


def _runtime_value(spec: Spec, runtime: Runtime, name: str, path: str) -> Any:
    if name in runtime.extra:
        return runtime.extra[name]
    if name in _SUPPLIED:
        return getattr(runtime, name)
    raise BuildError(
        f"{path}: {spec.target} asks for {name!r}, which build does not supply; "
        f"pass Runtime(extra={{{name!r}: …}})"
    )


def target_of(spec: Spec, registry: Registry) -> Any:
    """What a spec builds: the class or factory it names.

    Raises BrokenPluginError if that does not import.
    """
    try:
        return pkgutil.resolve_name(spec.target)
    except (Exception, SystemExit) as cause:
        raise BrokenPluginError(
            f"{origin(type(spec), registry)}: its target {spec.target} does not import: "
            f"{words_of(cause)}. Reinstall it, or remove it"
        ) from cause
