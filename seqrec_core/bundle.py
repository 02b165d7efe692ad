"""A trained or freshly built model as a directory that loads anywhere.

spec.lock.json      the resolved spec; every component's version; every distribution's digest
model.safetensors   the weights, shared ones stored once
metrics.json        what was measured, where anything was
items.parquet       the map from item ids to the ids of the data, where there is one
"""

import json
import os
import shutil
import warnings
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from seqrec_core.build import Runtime, build
from seqrec_core.errors import BundleError
from seqrec_core.reading.codec import dump
from seqrec_core.reading.files import load_raw
from seqrec_core.registry.component import LOCAL
from seqrec_core.registry.registry import Registry
from seqrec_core.registry.sources import digest_of
from seqrec_core.session import DEFAULT, Session, load_resolved, resolve
from seqrec_core.spec.kinds import Record, Spec
from seqrec_core.spec.recipe import Recipe

if TYPE_CHECKING:
    import torch

__all__ = ["METRICS", "WEIGHTS", "Bundle"]

LOCK = "spec.lock.json"
WEIGHTS = "model.safetensors"
METRICS = "metrics.json"
ITEMS = "items.parquet"


@attrs.define(slots=False)
class Bundle:
    """A bundle on disk; its recipe and model are loaded when asked for.

    `data_dir` replaces the data folder that the lock names, for models whose parts read it.
    """

    path: Path
    data_dir: Path | None = None
    session: Session = DEFAULT

    @classmethod
    def load(
        cls,
        path: str | Path,
        data_dir: str | Path | None = None,
        session: Session = DEFAULT,
    ) -> "Bundle":
        """The bundle in a directory.

        Raises BundleError if a file or a plugin is missing, with the `pip install` line.
        """
        folder = Path(path)
        for name in (LOCK, WEIGHTS):
            if not (folder / name).is_file():
                raise BundleError(f"{folder} is no bundle: it has no {name}")
        _check_plugins(folder / LOCK, session.registry)
        return cls(folder, Path(data_dir) if data_dir else None, session)

    @classmethod
    def write(
        cls,
        path: str | Path,
        model: "torch.nn.Module",
        recipe: Recipe,
        metrics: Mapping[str, float] | None = None,
        items: Path | None = None,
        session: Session = DEFAULT,
    ) -> "Bundle":
        """Writes a model and the recipe it was built from; those of another bundle are replaced."""
        from safetensors.torch import save_model

        folder = Path(path)
        lock = _lock(_relative(resolve(recipe, session), folder), session.registry)
        folder.mkdir(parents=True, exist_ok=True)
        draft = folder / f".{WEIGHTS}.draft"  # a full disk must not cost the weights that are there
        save_model(model, str(draft))
        draft.replace(folder / WEIGHTS)
        _write_json(folder / LOCK, lock)
        if metrics is not None:
            _write_json(folder / METRICS, dict(metrics))
        else:
            (folder / METRICS).unlink(missing_ok=True)
        if items is None:
            (folder / ITEMS).unlink(missing_ok=True)
        elif items.resolve() != (folder / ITEMS).resolve():
            shutil.copyfile(items, folder / ITEMS)
        return cls(folder, session=session)

    @cached_property
    def recipe(self) -> Recipe:
        """The recipe that the model was built from."""
        recipe = load_resolved(self.path / LOCK, session=self.session).recipe
        if self.data_dir is None or recipe.data is None:
            return recipe
        return attrs.evolve(recipe, data=attrs.evolve(recipe.data, folder=str(self.data_dir)))

    @cached_property
    def model(self) -> "torch.nn.Module":
        """The model with its weights, in evaluation mode.

        Where the data folder is gone, parts read the bundle's own copy of the items. Raises
        BundleError if the weights do not fit the model.
        """
        from safetensors import SafetensorError
        from safetensors.torch import load_model

        runtime = Runtime.of(self.recipe, session=self.session)
        if runtime.data_dir is None or not runtime.data_dir.is_dir():
            runtime.data_dir = self.path
        model = build(self.recipe, runtime=runtime, session=self.session)
        try:
            load_model(model, str(self.path / WEIGHTS))
        except (RuntimeError, SafetensorError) as cause:
            raise BundleError(f"{self.path / WEIGHTS} does not fit the model: {cause}") from cause
        return model.eval()

    @property
    def metrics(self) -> dict[str, float]:
        """What was measured; empty where nothing was.

        Raises BundleError for a file that is no JSON.
        """
        file = self.path / METRICS
        try:
            return json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
        except ValueError as cause:
            raise BundleError(f"{file} is damaged: {cause}; restore it, or remove it") from cause

    @property
    def items(self) -> Path | None:
        """The file that maps item ids to the ids of the data, if there is one."""
        file = self.path / ITEMS
        return file if file.is_file() else None


def _write_json(path: Path, data: Any) -> None:
    path.write_text(json.dumps(data, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _relative(recipe: Recipe, folder: Path) -> Recipe:
    """The recipe with its data folder as seen from the bundle, so that both can move together."""
    if recipe.data is None:
        return recipe
    path = os.path.relpath(Path(recipe.data.folder).resolve(), folder.resolve())
    return attrs.evolve(recipe, data=attrs.evolve(recipe.data, folder=path))


def _lock(recipe: Recipe, registry: Registry) -> dict[str, Any]:
    """The recipe as data, with the table of components and of the distributions they are from."""
    components = {}
    distributions = {}
    for spec in _specs(recipe):
        component = registry.of_spec(type(spec))
        components[component.canonical] = {
            "version": spec.version,
            "distribution": component.version,
        }
        if component.distribution != LOCAL:
            distributions[component.distribution] = {
                "version": component.version,
                "digest": _digest(component.distribution, registry),
            }
    lock: dict[str, Any] = dump(recipe, registry)
    lock["components"] = dict(sorted(components.items()))
    lock["distributions"] = dict(sorted(distributions.items()))
    return lock


def _specs(value: Any) -> Iterator[Spec]:
    """Every component below a value."""
    if isinstance(value, Spec):
        yield value
    if isinstance(value, Record):
        for attribute in attrs.fields(type(value)):
            yield from _specs(getattr(value, attribute.name))
    elif isinstance(value, tuple):
        for item in value:
            yield from _specs(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from _specs(item)


def _digest(distribution: str, registry: Registry) -> str:
    """A digest of the plugin's own code, the same however it was installed."""
    values = (component.value for component in registry if component.distribution == distribution)
    packages = {value.partition(":")[0].partition(".")[0] for value in values}
    return digest_of(packages)


def _check_plugins(lock: Path, registry: Registry) -> None:
    """Compares the distributions of a lock with those installed."""
    table = load_raw(lock, registry).get("distributions", {})
    try:
        locked = {name: (entry["version"], entry["digest"]) for name, entry in table.items()}
    except (AttributeError, KeyError, TypeError):
        shape = "needs a version and a digest for each; restore the file, or remove the table"
        raise BundleError(f"{lock} is damaged: its table of distributions {shape}") from None
    installed = {component.distribution: component.version for component in registry}
    if missing := locked.keys() - installed:
        line = " ".join(f"{name}=={locked[name][0]}" for name in sorted(missing))
        raise BundleError(f"{lock.parent} needs plugins that are not installed: pip install {line}")
    for name, (version, digest) in locked.items():
        if _digest(name, registry) != digest:
            warnings.warn(
                f"{lock.parent} was made with other code of {name} than is installed "
                f"(then {version}, now {installed[name]}); "
                f"for the same: pip install {name}=={version}",
                RuntimeWarning,
                stacklevel=3,
            )
