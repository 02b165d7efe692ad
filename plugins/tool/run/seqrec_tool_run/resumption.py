"""Whether a run goes on from a checkpoint, and whether it may."""

from pathlib import Path
from typing import Any

import attrs
import pyarrow as pa

from seqrec_core.bundle import LOCK, WEIGHTS, Bundle
from seqrec_core.errors import SeqrecError
from seqrec_core.session import DEFAULT, Session, load_resolved
from seqrec_core.spec import DataModuleSpec, Recipe, TrainerSpec

FIXED_PARTS = ("seed", "schema", "model", "data", "postprocessors")


def resumes(out: Path, recipe: Recipe, resume: bool, session: Session = DEFAULT) -> bool:
    """Whether there is a run in `out` to go on with.

    Raises SeqrecError where there is one and `resume` does not ask for it, where its checkpoint is
    damaged, and where the recipe has another model, other data or other settings that the
    checkpoint fixes.
    """
    if out.exists() and not out.is_dir():
        raise SeqrecError(f"{out} is a file; choose a folder as --out")
    trainer = recipe.trainer or TrainerSpec()
    last = out / trainer.checkpoint
    if not last.is_file():
        if (out / WEIGHTS).is_file():
            raise SeqrecError(
                f"{out} holds a model, and no checkpoint to go on from; choose another --out"
            )
        return False
    if not resume:
        raise SeqrecError(f"{out} holds a run; go on with it by --resume, or choose another --out")
    if fault := trainer.checkpoint_fault(last):
        raise SeqrecError(f"{last} is damaged: {fault}; train anew in another --out")
    if (out / LOCK).is_file():
        _check_parts(out, recipe, session)
    return True


def check_items(out: Path, items: pa.Table | None) -> None:
    """Raises SeqrecError unless items are numbered and counted as in the data of the run."""
    before = Bundle(out).item_table
    if before is not None and not (items is not None and before.equals(items)):
        raise SeqrecError(
            f"the items of the data are not those that the run in {out} was trained on; name its "
            "folder in data.folder, or choose another --out"
        )


def fixed_parts(trainer: TrainerSpec | None) -> tuple[str, ...]:
    """Paths in a recipe of what a resumed run must have as it was."""
    names = trainer.fixed_by_checkpoint if trainer else ()
    return (*FIXED_PARTS, *(f"trainer.{name}" for name in names))


def _check_parts(out: Path, recipe: Recipe, session: Session) -> None:
    """Raises SeqrecError for a part that the checkpoint fixes and the recipe has otherwise."""
    before = load_resolved(out / LOCK, session=session, quietly=True).recipe
    for part in fixed_parts(recipe.trainer):
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
