"""A trained or freshly built model as a directory that loads anywhere.

spec.lock.json      the resolved spec; every component's version; every distribution's digest
model.safetensors   the weights, shared ones stored once
metrics.json        what was measured, where anything was
items.parquet       the ids that items have in the data, and what is known of them, where it is
features.json       how the values of side features became numbers, where there are any
assets/             files of components, in a folder named by the path of each in the spec
"""

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from seqrec_core.build import Built, Runtime, build_model, build_part
from seqrec_core.bundle_draft import ASSETS, FEATURES, ITEMS, WEIGHTS, relative, write_files
from seqrec_core.digests import check_file, check_folder, file_digest
from seqrec_core.errors import BundleError
from seqrec_core.faults import PluginFaults
from seqrec_core.finite_weights import finite_fault
from seqrec_core.lock import (
    FILES,
    LOCK,
    check_code,
    lock_of,
    read_lock,
    resolve_serving,
    with_files,
)
from seqrec_core.measurements import METRICS, finite, read_metrics
from seqrec_core.places import local
from seqrec_core.reading.codec import is_whole
from seqrec_core.reading.json_text import object_of_file
from seqrec_core.reading.resolve import resolve_recipe
from seqrec_core.schema import TensorSchema
from seqrec_core.session import DEFAULT, Session, load_resolved
from seqrec_core.spec.kinds import ModelSpec
from seqrec_core.spec.recipe import Recipe
from seqrec_core.transaction import finish, held, transaction
from seqrec_core.trust import check_reach
from seqrec_core.vocabulary import id_table
from seqrec_core.whole_files import write_json

if TYPE_CHECKING:
    import pyarrow as pa
    import torch

    from seqrec_core.contracts import PostprocessorProto, TransformProto

__all__ = ["LOCK", "METRICS", "WEIGHTS", "Bundle", "Serving"]

NAMES = (WEIGHTS, METRICS, ITEMS, FEATURES, ASSETS)


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
        cls,
        path: str | Path,
        session: Session = DEFAULT,
        *,
        data_dir: str | Path | None = None,
        trust: bool = False,
    ) -> "Bundle":
        """The bundle in a directory, or at a URI: what it reads is compared with its digests.

        Raises BundleError if a file is missing or damaged, or a plugin that answers need, with the
        `pip install` line, and for a lock that leads out of the bundle: `trust` lets it.
        """
        bundle = cls.open(path, session)
        bundle.data_dir = local(data_dir) if data_dir else None
        if not trust:
            bundle.check_reach()
        registry = session.registry
        bundle._compared |= check_code(bundle.lock, bundle.path, registry, to_serve=True)
        return bundle

    @classmethod
    def open(cls, path: str | Path, session: Session = DEFAULT) -> "Bundle":
        """The bundle in a directory, to read its lock and metrics: its plugins may be missing.

        What an interrupted process wrote of it is put into place. Raises BundleError if lock or
        weights are missing, or the lock is damaged.
        """
        bundle = cls(local(path), session)
        cls.settle(bundle.path)
        for name in (LOCK, WEIGHTS):
            if not (bundle.path / name).is_file():
                raise BundleError(f"{bundle.path} is no bundle: it has no {name}")
        _ = bundle.lock
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
        features: Mapping[str, Any] | None = None,
    ) -> "Bundle":
        """Writes a model and the recipe it was built from; those of another bundle are replaced.

        `items` and `features` are a vocabulary's; of the built `parts` those that answers need keep
        their own files. However the process ends, the bundle is the old or the new one. Raises
        BundleError for weights that are not finite; numbers of `metrics` that are not are left out.
        """
        folder, registry = Path(path), session.registry
        untrained = attrs.evolve(recipe, postprocessors=(), trackers=())  # which may stay open
        is_resolved = is_whole(recipe if recipe.trainer else untrained)
        if not is_resolved or (recipe.data and recipe.data.transforms is None):
            recipe = resolve_recipe(recipe, registry).recipe
        lock = lock_of(relative(recipe, folder), registry)
        if fault := finite_fault(model):
            raise BundleError(f"the weights are not written: {fault}; lower the learning rate")
        with transaction(folder, NAMES) as draft:
            with PluginFaults(parts, registry):
                files = write_files(draft, folder, model, metrics, items, parts, features)
            write_json(draft / LOCK, with_files(lock, files))
        return cls(folder, session)

    @staticmethod
    def settle(path: Path) -> None:
        """Puts what an interrupted process wrote of a bundle into its place, if there is any."""
        finish(path, NAMES)

    def check_reach(self) -> None:
        """Raises BundleError where the lock, or a link, leads out of the bundle."""
        check_reach(self.lock, self.path, self.path / LOCK)

    @cached_property
    def lock(self) -> dict[str, Any]:
        """The plain data of the lock, as it was when it was first asked for."""
        return read_lock(self.path)

    def check(self, *names: str) -> None:
        """Raises BundleError unless files are as they were written, by the lock of now."""
        if not (self.path / LOCK).is_file():
            return
        with held(self.path, to_read=True):
            lock = read_lock(self.path)
            for name in names if FILES in lock else ():
                (check_folder if name == ASSETS else check_file)(self.path, name, lock[FILES])

    @cached_property
    def recipe(self) -> Recipe:
        """The recipe that the model was built from.

        Raises BundleError if a plugin of it is missing, with the `pip install` line.
        """
        self._compared |= check_code(self.lock, self.path, self.session.registry, self._compared)
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
        resolution = resolve_serving(self.lock, self.session.registry)
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
        self.check(ASSETS)
        module = self.lock.get("data")
        named = module.get("folder", "") if isinstance(module, dict) else ""
        folder = self.data_dir or self.path / str(named)
        data_dir = folder.resolve() if folder.is_dir() else self.path
        return Runtime.of(
            recipe, session=self.session, bundle=self.path, data_dir=data_dir, **changes
        )

    def _model(self, recipe: Recipe, runtime: Runtime) -> "torch.nn.Module":
        from safetensors import SafetensorError
        from safetensors.torch import load_model

        self.check(WEIGHTS)
        model = self.session.built(build_model(recipe, runtime), recipe)
        try:
            load_model(model, str(self.path / WEIGHTS))
        except (RuntimeError, SafetensorError) as cause:
            raise BundleError(f"{self.path / WEIGHTS} does not fit the model: {cause}") from cause
        if fault := finite_fault(model):
            raise BundleError(f"{self.path / WEIGHTS}: {fault}; train anew, at a lower rate")
        return model.eval()

    @property
    def metrics(self) -> dict[str, float]:
        """What was measured; empty where nothing was.

        Raises BundleError for a file that is damaged, or holds something else than numbers.
        """
        self.check(METRICS)
        return read_metrics(self.path)

    def update_metrics(self, metrics: Mapping[str, float]) -> None:
        """Adds numbers to what was measured; those of the same name are replaced.

        Those that are not finite are left out, for JSON has none. Raises BundleError where lock or
        metrics are damaged, OSError where they cannot be written.
        """
        if not (self.path / LOCK).is_file():
            write_json(self.path / METRICS, read_metrics(self.path) | finite(metrics))
            return
        with transaction(self.path, NAMES) as draft:
            read_lock(self.path)
            lock = object_of_file(self.path / LOCK)
            if METRICS in (files := lock.get(FILES, {})):
                check_file(self.path, METRICS, files)
            write_json(draft / METRICS, read_metrics(self.path) | finite(metrics))
            digests = files | {METRICS: file_digest(draft / METRICS)}
            write_json(draft / LOCK, with_files(lock, digests) if FILES in lock else lock)

    @property
    def items(self) -> Path | None:
        """The file that maps item ids to the ids of the data, if there is one."""
        file = self.path / ITEMS
        return file if file.is_file() else None

    @cached_property
    def item_table(self) -> "pa.Table | None":
        """What that file holds: row i is item i, column `item` its id in the data.

        Raises BundleError for a file that is not as written, DataError for one that is no table.
        """
        self.check(ITEMS)
        return id_table(self.items, "item") if self.items else None

    @property
    def features(self) -> dict[str, Any]:
        """How the values of side features became numbers, by feature; empty where none did."""
        self.check(FEATURES)
        file = self.path / FEATURES
        return object_of_file(file) if file.is_file() else {}
