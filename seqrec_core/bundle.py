"""A trained or freshly built model as a directory that loads anywhere.

spec.lock.json      the resolved spec; every component's version; every distribution's digest
model.safetensors   the weights, shared ones stored once
metrics.json        what was measured, where anything was
items.parquet       the ids that items have in the data, and what is known of them, where it is
assets/             files of components, in a folder named by the path of each in the spec
"""

import json
import os
import shutil
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from seqrec_core.build import Built, Runtime, asset_folder, build_model, build_part
from seqrec_core.errors import BundleError, DataError
from seqrec_core.faults import PluginFaults
from seqrec_core.lock import LOCK, check_code, lock_of, resolve_serving
from seqrec_core.reading.codec import is_whole
from seqrec_core.reading.files import load_lock
from seqrec_core.reading.resolve import resolve_recipe
from seqrec_core.schema import TensorSchema
from seqrec_core.session import DEFAULT, Session, load_resolved
from seqrec_core.spec.kinds import ModelSpec
from seqrec_core.spec.recipe import Recipe
from seqrec_core.vocabulary import read_table

if TYPE_CHECKING:
    import pyarrow as pa
    import torch

    from seqrec_core.contracts import PostprocessorProto, TransformProto

__all__ = ["LOCK", "METRICS", "WEIGHTS", "Bundle", "Serving"]

WEIGHTS = "model.safetensors"
METRICS = "metrics.json"
ITEMS = "items.parquet"
ASSETS = "assets"


@attrs.frozen
class Serving:
    """What of a bundle answers: neither its data module nor its trainer, nor what only they need.

    `spec` is that of the model, `items` the table of items, `parts` is what was built.
    """

    schema: TensorSchema
    spec: ModelSpec
    model: "torch.nn.Module"
    transforms: "tuple[TransformProto, ...]"
    postprocessors: "tuple[PostprocessorProto, ...]"
    items: "pa.Table | None"
    parts: Sequence[Built]


@attrs.define(slots=False)
class Bundle:
    """A bundle on disk; its recipe and model are loaded when asked for.

    `data_dir` replaces the data folder that the lock names, for models whose parts read it.
    """

    path: Path
    session: Session = DEFAULT
    data_dir: Path | None = None
    _compared: set[str] = attrs.field(factory=set, init=False, repr=False)

    @classmethod
    def load(
        cls, path: str | Path, session: Session = DEFAULT, *, data_dir: str | Path | None = None
    ) -> "Bundle":
        """The bundle in a directory.

        Raises BundleError if a file is missing, or a plugin that answers need, with the
        `pip install` line.
        """
        folder = Path(path)
        for name in (LOCK, WEIGHTS):
            if not (folder / name).is_file():
                raise BundleError(f"{folder} is no bundle: it has no {name}")
        bundle = cls(folder, session, Path(data_dir) if data_dir else None)
        bundle._compared |= check_code(bundle._lock, folder, session.registry, to_serve=True)
        return bundle

    @classmethod
    def write(
        cls,
        path: str | Path,
        model: "torch.nn.Module",
        recipe: Recipe,
        metrics: Mapping[str, float] | None = None,
        items: "pa.Table | None" = None,
        parts: Sequence[Built] = (),
        session: Session = DEFAULT,
    ) -> "Bundle":
        """Writes a model and the recipe it was built from; those of another bundle are replaced.

        `items` is the table of a vocabulary; of the built `parts` those that answers need keep
        their own files.
        """
        from safetensors.torch import save_model

        folder, registry = Path(path), session.registry
        untrained = attrs.evolve(recipe, postprocessors=(), trackers=())  # which may stay open
        is_resolved = is_whole(recipe if recipe.trainer else untrained)
        if not is_resolved or (recipe.data and recipe.data.transforms is None):
            recipe = resolve_recipe(recipe, registry).recipe
        lock = lock_of(_relative(recipe, folder), registry)
        draft = folder / ".draft"  # a full disk, or a part that fails, must not cost what is there
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(parents=True)
        try:
            save_model(model, str(draft / WEIGHTS))
            _write_json(draft / LOCK, lock)
            if metrics is not None:
                _write_json(draft / METRICS, dict(metrics))
            with PluginFaults(parts, registry):
                _write_assets(draft, parts)
            written = [WEIGHTS, LOCK, METRICS, ASSETS]
            if items is None or not _holds(folder / ITEMS, items):
                _write_items(draft / ITEMS, items)
                written.append(ITEMS)
            for name in written:
                _move(draft / name, folder / name)
        finally:
            shutil.rmtree(draft)
        return cls(folder, session)

    @cached_property
    def _lock(self) -> dict[str, Any]:
        return load_lock(self.path / LOCK)

    @cached_property
    def recipe(self) -> Recipe:
        """The recipe that the model was built from.

        Raises BundleError if a plugin of it is missing, with the `pip install` line.
        """
        self._compared |= check_code(self._lock, self.path, self.session.registry, self._compared)
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
        return self.build(self.runtime())

    def build(self, runtime: Runtime) -> "torch.nn.Module":
        """The model, made anew: the trace of the runtime then holds its parts."""
        return self._model(self.recipe, runtime)

    def runtime(self, **changes: Any) -> Runtime:
        """What the parts of its recipe are built with: those with files of their own read them."""
        return self._runtime(self.recipe, **changes)

    def serving(self) -> Serving:
        """What answers; needs no plugin but those of the model, its transforms and postprocessors.

        Raises as `model` does.
        """
        resolution = resolve_serving(self._lock, self.session.registry)
        recipe = self.session.resolved(resolution).recipe
        runtime = self._runtime(recipe)
        model = self._model(recipe, runtime)
        parts = [
            (part.kind, build_part(part, runtime, path)) for path, part in resolution.parts.items()
        ]
        return Serving(
            schema=runtime.schema,
            spec=recipe.model,
            model=model,
            transforms=tuple(part for kind, part in parts if kind == "transform"),
            postprocessors=tuple(part for kind, part in parts if kind == "postprocessor"),
            items=self.item_table,
            parts=runtime.trace,
        )

    def _runtime(self, recipe: Recipe, **changes: Any) -> Runtime:
        module = self._lock.get("data")
        named = module.get("folder", "") if isinstance(module, dict) else ""
        folder = self.data_dir or self.path / str(named)
        data_dir = folder.resolve() if folder.is_dir() else self.path
        return Runtime.of(
            recipe, session=self.session, bundle=self.path, data_dir=data_dir, **changes
        )

    def _model(self, recipe: Recipe, runtime: Runtime) -> "torch.nn.Module":
        from safetensors import SafetensorError
        from safetensors.torch import load_model

        model = self.session.built(build_model(recipe, runtime), recipe)
        try:
            load_model(model, str(self.path / WEIGHTS))
        except (RuntimeError, SafetensorError) as cause:
            raise BundleError(f"{self.path / WEIGHTS} does not fit the model: {cause}") from cause
        return model.eval()

    @property
    def metrics(self) -> dict[str, float]:
        """What was measured; empty where nothing was.

        Raises BundleError for a file that holds no JSON object.
        """
        file = self.path / METRICS
        try:
            return dict(json.loads(file.read_text(encoding="utf-8"))) if file.is_file() else {}
        except (ValueError, TypeError) as cause:
            raise BundleError(f"{file} is damaged: {cause}; restore it, or remove it") from cause

    @property
    def items(self) -> Path | None:
        """The file that maps item ids to the ids of the data, if there is one."""
        file = self.path / ITEMS
        return file if file.is_file() else None

    @cached_property
    def item_table(self) -> "pa.Table | None":
        """What that file holds: row i is item i, column `item` its id in the data."""
        return read_table(self.items, "item") if self.items else None


def _write_json(path: Path, data: Any) -> None:
    path.write_text(json.dumps(data, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _relative(recipe: Recipe, folder: Path) -> Recipe:
    """The recipe with its data folder as seen from the bundle, so that both can move together."""
    if recipe.data is None:
        return recipe
    path = os.path.relpath(Path(recipe.data.folder).resolve(), folder.resolve())
    return attrs.evolve(recipe, data=attrs.evolve(recipe.data, folder=path))


def _write_items(path: Path, items: "pa.Table | None") -> None:
    if items is not None:
        import pyarrow.parquet as pq

        pq.write_table(items, path)


def _holds(path: Path, items: "pa.Table") -> bool:
    """Whether a file has the table already: a run calls for it at each of its best."""
    try:
        return path.is_file() and read_table(path).equals(items)
    except DataError:
        return False


def _move(new: Path, old: Path) -> None:
    """Puts a file or folder, or that there is none, in the place of another."""
    if old.is_dir():
        shutil.rmtree(old)
    if new.exists():
        new.replace(old)
    else:
        old.unlink(missing_ok=True)


def _write_assets(bundle: Path, parts: Sequence[Built]) -> None:
    """Has the parts of model, transforms of predict and postprocessors save files."""
    from seqrec_core.contracts import Assets

    places = ("model", "data.transforms.predict", "postprocessors")
    roots = tuple(place + sign for place in places for sign in ".[")
    for part in parts:
        is_served = part.path in places or part.path.startswith(roots)
        if is_served and isinstance(part.product, Assets):
            folder = asset_folder(bundle, part.path)
            folder.mkdir(parents=True)
            part.product.save_assets(folder)
