"""Whether a run goes on from a checkpoint, and whether it may."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs
import pyarrow as pa
from rich.console import Console

from seqrec_core.bundle import LOCK, WEIGHTS, Bundle
from seqrec_core.data_folder import SPLITS, DataFolder
from seqrec_core.errors import BundleError, SeqrecError
from seqrec_core.places import is_remote, local
from seqrec_core.session import DEFAULT, Session, dump, load_raw, load_resolved
from seqrec_core.spec import DataModuleSpec, Recipe, TrainerSpec
from seqrec_tool_run.continued_recipe import continued
from seqrec_tool_run.run_folder import RunFolder

_URI = re.compile(r"[a-z][a-z0-9+.-]+://")
FIXED_PARTS = ("seed", "schema", "model", "data", "postprocessors")
RESTORE = "restore it from a copy, or train anew in another --out"


def check_place(out: Path, recipe: Recipe) -> None:
    """Raises SeqrecError unless a run may be in `out`: a folder, or none, and not one of data."""
    if out.exists() and not out.is_dir():
        raise SeqrecError(f"{out} is a file; choose a folder as --out")
    data = DataFolder(recipe.data.here().resolve() if recipe.data else Path())
    is_prepared = data.schema.is_file() or any(data.split(name).is_file() for name in SPLITS)
    place = out.resolve()
    if recipe.data and is_prepared and data.path in (place, *place.parents):
        raise SeqrecError(
            f"{out} is in the folder of the data, {data.path}, whose files a run must not mix "
            "with; choose another --out"
        )


def resumes(
    out: Path,
    recipe: Recipe,
    resume: bool,
    session: Session = DEFAULT,
    console: Console | None = None,
    trust: bool = False,
    own: str | Path | None = None,
) -> Recipe | None:
    """The recipe to go on with, where there is a run in `out`; None for a new one.

    It is the given one, but for fields that came since, see `continued`.
    `own` is the file of the recipe: the data that one outside of `out` names needs no `trust`.
    One that ended before its first checkpoint begins anew, which the console says. Raises
    SeqrecError where there is a run and `resume` does not ask for it, where its checkpoint or its
    best weights are damaged, and where the recipe has another model, other data or other settings
    that the checkpoint fixes.
    """
    Bundle.settle(out)
    trainer = recipe.trainer or TrainerSpec()
    last = out / trainer.checkpoint
    goes_on = bool(trainer.checkpoint) and trainer.has_checkpoint(last)
    has_weights = (out / WEIGHTS).is_file()
    if not goes_on and not has_weights:
        return None
    if not goes_on and not RunFolder(out).is_unfinished:
        place = trainer.checkpoint and f", {trainer.checkpoint}"
        raise SeqrecError(
            f"{out} holds a model, and no checkpoint to go on from{place}; choose another --out"
        )
    if not resume:
        raise SeqrecError(f"{out} holds a run; go on with it by --resume, or choose another --out")
    if goes_on and (fault := trainer.checkpoint_fault(last)):
        raise SeqrecError(f"{last} is damaged: {fault}; train anew in another --out")
    if (out / LOCK).is_file():
        bundle = Bundle(out, session)
        if not trust:
            rest = Bundle(out, session)
            if own is not None and not _is_inside(own, out):
                named = dump(recipe, session).get("data", {}) | {"folder": None}
                rest.lock = bundle.lock | {"data": _not_of(named, bundle.lock.get("data"))}
            rest.check_reach()
        recipe = _compared(out, recipe, session)
        if goes_on:
            bundle.check(WEIGHTS)
    if not goes_on and console:
        console.print(f"the run in {out} ended before its first checkpoint; it begins anew")
    return recipe if goes_on else None


def check_items(out: Path, items: pa.Table | None) -> None:
    """Raises SeqrecError unless items are numbered and counted as in the data of the run."""
    before = Bundle(out).item_table
    if before is not None and not (items is not None and before.equals(items)):
        raise SeqrecError(
            f"the items of the data are not those that the run in {out} was trained on; name its "
            "folder in data.folder, or choose another --out"
        )


def check_weights_kept(out: Path) -> None:
    """Raises BundleError where a run has ended, and the weights of its best epoch are gone."""
    if not (out / WEIGHTS).is_file():
        raise BundleError(f"{out / WEIGHTS} is missing, and no later epoch was better; {RESTORE}")


def fixed_parts(trainer: TrainerSpec | None) -> tuple[str, ...]:
    """Paths in a recipe of what a resumed run must have as it was."""
    names = trainer.fixed_by_checkpoint if trainer else ()
    return (*FIXED_PARTS, *(f"trainer.{name}" for name in names))


def _compared(out: Path, recipe: Recipe, session: Session) -> Recipe:
    """The recipe that goes on with the run.

    Raises SeqrecError for a part that the checkpoint fixes and the recipe has otherwise.
    """
    before = load_resolved(out / LOCK, session=session, quietly=True).recipe
    recipe = continued(recipe, before, load_raw(out / LOCK, session))
    for part in fixed_parts(recipe.trainer):
        if _at(before, part) != _at(recipe, part):
            raise SeqrecError(
                f"{part} of the spec differs from that of the run in {out}, which can only be "
                "resumed as it was; undo the change, or choose another --out"
            )
    return recipe


def _not_of(own: Any, lock: Any) -> Any:
    """Plain data of a lock without the places elsewhere that the recipe names itself, just there.

    These are URIs and absolute paths: what another text leads to, the bundle may have changed.
    """
    if isinstance(lock, Mapping):
        fields = own if isinstance(own, Mapping) else {}
        return {key: _not_of(fields.get(key), at) for key, at in lock.items()}
    if isinstance(lock, list):
        rest = (
            own if isinstance(own, list | tuple) and len(own) == len(lock) else [None] * len(lock)
        )
        return [_not_of(*pair) for pair in zip(rest, lock, strict=True)]
    is_place = isinstance(lock, str) and (lock.startswith("/") or bool(_URI.match(lock)))
    return None if is_place and lock == own else lock


def _is_inside(spec: str | Path, out: Path) -> bool:
    """Whether a spec may be part of a run, so that whoever made the run wrote it."""
    return is_remote(spec) or local(spec).resolve().is_relative_to(out.resolve())


def _at(recipe: Recipe, path: str) -> Any:
    """What a path such as "trainer.monitor" leads to, None where it ends before.

    The data's folder is left out: it may have moved.
    """
    value: Any = recipe
    for name in path.split("."):
        value = getattr(value, name, None)
    return attrs.evolve(value, folder="") if isinstance(value, DataModuleSpec) else value
