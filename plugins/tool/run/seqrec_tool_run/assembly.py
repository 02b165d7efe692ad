"""Puts the parts of a run together: model, data and trainer of one recipe."""

from pathlib import Path
from typing import Literal

import attrs
import lightning
import torch
from seqrec_trainer_lightning.lightning_trainer import LightningTrainer

from seqrec_core.build import Runtime, build_part
from seqrec_core.bundle import Bundle
from seqrec_core.data_folder import DataFolder
from seqrec_core.errors import DataError, Fault, SpecError
from seqrec_core.spec import Recipe
from seqrec_tool_run.id_maps import read_ids
from seqrec_tool_run.popularity import Popularity


@attrs.frozen
class Assembly:
    """A model with the data and the trainer of its recipe; `folder` holds the prepared data."""

    recipe: Recipe
    model: torch.nn.Module
    data: lightning.LightningDataModule
    trainer: LightningTrainer
    folder: DataFolder

    @classmethod
    def of(cls, recipe: Recipe, model: torch.nn.Module) -> "Assembly":
        """Builds data and trainer; SpecError where the recipe leaves them out."""
        if recipe.data is None:
            raise SpecError([Fault("data", 'missing; add {"type": "parquet", "folder": "…"}')])
        if recipe.trainer is None:
            raise SpecError([Fault("trainer", 'missing; add {"type": "lightning"}')])
        runtime = Runtime.of(recipe, model=model)
        trainer = build_part(recipe.trainer, runtime, "trainer")
        if not isinstance(trainer, LightningTrainer):
            raise SpecError([Fault("trainer.type", "this command runs 'lightning' trainers only")])
        data = build_part(recipe.data, runtime, "data")
        return cls(recipe, model, data, trainer, DataFolder(Path(recipe.data.folder)))

    @classmethod
    def of_bundle(cls, path: Path, data: Path | None) -> "tuple[Bundle, Assembly]":
        """A bundle and its parts; `data` stands in for the folder it was trained on.

        Raises DataError when the folder is not there or numbers its items otherwise.
        """
        bundle = Bundle.load(path, data)
        folder = Path(bundle.recipe.data.folder) if bundle.recipe.data else Path()
        if not folder.is_dir():
            raise DataError(f"the data folder {folder} is not there; say where it is with --data")
        if bundle.items is not None:
            _check_items(bundle.items, DataFolder(folder).items)
        return bundle, cls.of(bundle.recipe, bundle.model)

    @property
    def query_column(self) -> str:
        """Batch column with the query ids."""
        return self.recipe.schema.tensor_schema().query_id_feature_name or "query_id"

    def baseline(self, split: Literal["validate", "test"]) -> dict[str, float]:
        """Metrics of popularity on one split; empty where the data has no counts."""
        if not self.folder.items.is_file():
            return {}
        counts = torch.tensor(read_ids(self.folder.items, ["count"])["count"].to_numpy())
        return self.trainer.evaluate(self.data, split, Popularity(counts))


def _check_items(trained: Path, present: Path) -> None:
    """Raises DataError unless both maps number the same items alike."""
    old, new = (read_ids(path, ["item"])["item"] for path in (trained, present))
    if old.equals(new):
        return
    unknown = sorted(set(new.to_pylist()) - set(old.to_pylist()), key=str)
    reason = (
        f"holds {len(unknown)} items that the model was not trained on, such as {unknown[0]!r}"
        if unknown
        else "numbers the items otherwise than the data that the model was trained on"
    )
    raise DataError(f"{present} {reason}; use the folder of the training, or train on this one")
