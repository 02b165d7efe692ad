"""Whether a run goes on from a checkpoint, and whether it may."""

from filecmp import cmp
from pathlib import Path
from typing import Any
from zipfile import is_zipfile

import attrs
from seqrec_trainer_lightning.specs import LightningTrainerSpec

from seqrec_core.bundle import WEIGHTS, Bundle
from seqrec_core.data_folder import DataFolder
from seqrec_core.errors import SeqrecError
from seqrec_core.session import load_resolved
from seqrec_core.spec import DataModuleSpec, Recipe

FIXED_PARTS = (
    *("seed", "schema", "model", "data"),
    *(f"trainer.{name}" for name in LightningTrainerSpec.fixed_by_checkpoint),
)


def resumes(out: Path, recipe: Recipe, resume: bool) -> bool:
    """Whether there is a run in `out` to go on with.

    Raises SeqrecError where there is one and `resume` does not ask for it, where its checkpoint is
    damaged, and where the recipe has another model, other data or other settings that the
    checkpoint fixes.
    """
    if out.exists() and not out.is_dir():
        raise SeqrecError(f"{out} is a file; choose a folder as --out")
    last = out / "checkpoints" / "last.ckpt"
    if not last.is_file():
        if (out / WEIGHTS).is_file():
            raise SeqrecError(
                f"{out} holds a model, and no checkpoint to go on from; choose another --out"
            )
        return False
    if not resume:
        raise SeqrecError(f"{out} holds a run; go on with it by --resume, or choose another --out")
    if not is_zipfile(last):
        raise SeqrecError(f"{last} is damaged: no end of the file; train anew in another --out")
    if (out / "spec.lock.json").is_file():
        _check_items(out, recipe)
        _check_parts(out, recipe)
    return True


def _check_items(out: Path, recipe: Recipe) -> None:
    """Raises SeqrecError unless the recipe's data folder maps items as that of the run did."""
    before = Bundle(out).items
    now = DataFolder(Path(recipe.data.folder) if recipe.data else Path()).items
    if before is not None and not (now.is_file() and cmp(before, now, shallow=False)):
        raise SeqrecError(
            f"{now} is not that of the data that the run in {out} was trained on; name that "
            "folder in data.folder, or choose another --out"
        )


def _check_parts(out: Path, recipe: Recipe) -> None:
    """Raises SeqrecError for a part that the checkpoint fixes and the recipe has otherwise."""
    before = load_resolved(out / "spec.lock.json").recipe
    for part in FIXED_PARTS:
        if _at(before, part) != _at(recipe, part):
            raise SeqrecError(
                f"{part} of the spec differs from that of the run in {out}, which can only be "
                "resumed as it was; undo the change, or choose another --out"
            )


def _at(recipe: Recipe, path: str) -> Any:
    """What a path such as "trainer.monitor" leads to, None where it ends before.

    The data's folder is left out: it may have moved.
    """
    value: Any = recipe
    for name in path.split("."):
        value = getattr(value, name, None)
    return attrs.evolve(value, folder="") if isinstance(value, DataModuleSpec) else value
