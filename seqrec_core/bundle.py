"""A trained or freshly built model as a directory that loads anywhere.

spec.lock.json      the resolved spec; every component's version; every distribution's digest
model.safetensors   the weights, shared ones stored once
metrics.json        what was measured, where anything was
items.parquet       the map from item ids to the ids of the data, where there is one
"""

import hashlib
import importlib.util
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
from seqrec_core.codec import dump
from seqrec_core.errors import BundleError
from seqrec_core.loading import load_raw, load_resolved
from seqrec_core.recipe import Recipe
from seqrec_core.registry import LOCAL, Component, registry
from seqrec_core.resolve import resolve
from seqrec_core.spec import Record, Spec

if TYPE_CHECKING:
    import torch

__all__ = ["Bundle"]

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

    @classmethod
    def load(cls, path: str | Path, data_dir: str | Path | None = None) -> "Bundle":
        """The bundle in a directory.

        Raises BundleError if a file or a plugin is missing, with the `pip install` line.
        """
        folder = Path(path)
        for name in (LOCK, WEIGHTS):
            if not (folder / name).is_file():
                raise BundleError(f"{folder} is no bundle: it has no {name}")
        _check_plugins(folder / LOCK)
        return cls(folder, Path(data_dir) if data_dir else None)

    @classmethod
    def write(
        cls,
        path: str | Path,
        model: "torch.nn.Module",
        recipe: Recipe,
        metrics: Mapping[str, float] | None = None,
        items: Path | None = None,
    ) -> "Bundle":
        """Writes a model and the recipe it was built from; existing files are replaced."""
        from safetensors.torch import save_model

        folder = Path(path)
        folder.mkdir(parents=True, exist_ok=True)
        save_model(model, str(folder / WEIGHTS))
        _write_json(folder / LOCK, _lock(_relative(resolve(recipe), folder)))
        if metrics is not None:
            _write_json(folder / METRICS, dict(metrics))
        if items is not None and items.resolve() != (folder / ITEMS).resolve():
            shutil.copyfile(items, folder / ITEMS)
        return cls(folder)

    @cached_property
    def recipe(self) -> Recipe:
        """The recipe that the model was built from."""
        recipe = load_resolved(self.path / LOCK).recipe
        if self.data_dir is None or recipe.data is None:
            return recipe
        return attrs.evolve(recipe, data=attrs.evolve(recipe.data, folder=str(self.data_dir)))

    @cached_property
    def model(self) -> "torch.nn.Module":
        """The model with its weights, in evaluation mode.

        Where the data folder is gone, parts read the bundle's own copy of the items. Raises
        BundleError if the weights do not fit the model.
        """
        from safetensors.torch import load_model

        runtime = Runtime.of(self.recipe)
        if runtime.data_dir is None or not runtime.data_dir.is_dir():
            runtime.data_dir = self.path
        model = build(self.recipe, runtime=runtime)
        try:
            load_model(model, str(self.path / WEIGHTS))
        except RuntimeError as cause:
            raise BundleError(f"{self.path / WEIGHTS} does not fit the model: {cause}") from cause
        return model.eval()

    @property
    def metrics(self) -> dict[str, float]:
        """What was measured; empty where nothing was."""
        file = self.path / METRICS
        return json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}

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


def _lock(recipe: Recipe) -> dict[str, Any]:
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
                "digest": _digest(component),
            }
    lock: dict[str, Any] = dump(recipe)
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


def _digest(component: Component) -> str:
    """A digest of the plugin's own code, the same however it was installed."""
    package = component.value.partition(":")[0].partition(".")[0]
    found = importlib.util.find_spec(package)
    folders = [Path(folder) for folder in (found.submodule_search_locations or ())] if found else []
    digest = hashlib.sha256()
    for file in sorted(file for folder in folders for file in folder.rglob("*.py")):
        digest.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return f"sha256:{digest.hexdigest()}"


def _check_plugins(lock: Path) -> None:
    """Compares the distributions of a lock with those installed."""
    wanted = load_raw(lock).get("distributions", {})
    by_distribution = {component.distribution: component for component in registry}
    missing = {name: entry for name, entry in wanted.items() if name not in by_distribution}
    if missing:
        line = " ".join(f"{name}=={entry['version']}" for name, entry in missing.items())
        raise BundleError(f"{lock.parent} needs plugins that are not installed: pip install {line}")
    for name, entry in wanted.items():
        if _digest(by_distribution[name]) != entry["digest"]:
            warnings.warn(
                f"{lock.parent} was made with other code of {name} than is installed "
                f"(then {entry['version']}, now {by_distribution[name].version}); "
                f"for the same: pip install {name}=={entry['version']}",
                RuntimeWarning,
                stacklevel=3,
            )
