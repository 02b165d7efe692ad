"""`seqrec fit`: from a spec to a bundle with its report."""

from filecmp import cmp
from pathlib import Path
from typing import Any
from zipfile import is_zipfile

import attrs
from rich.console import Console
from seqrec_trainer_lightning.history import Row, metrics_of
from seqrec_trainer_lightning.trainer import Outcome

from seqrec_core.build import build
from seqrec_core.bundle import WEIGHTS, Bundle
from seqrec_core.errors import SeqrecError
from seqrec_core.session import DEFAULT, load_resolved
from seqrec_core.spec import DataModuleSpec
from seqrec_core.spec.recipe import Recipe
from seqrec_tool_run.assembly import Assembly
from seqrec_tool_run.metrics import metrics_table, named, write_metrics
from seqrec_tool_run.report import write_report

_OF_A_RUN = (
    *("seed", "schema", "model", "data"),
    *(
        f"trainer.{name}"
        for name in ("optimizer", "scheduler", "ema_decay", "metrics", "monitor", "mode")
    ),
)


def fit(recipe: Recipe, out: Path, resume: bool, console: Console) -> bool:
    """Trains, keeps the best weights in `out`, and reports; whether the run was finished.

    Raises SeqrecError when `out` already holds a run that is not to be resumed.
    """
    resume = _resumes(out, recipe, resume)
    assembly = Assembly.of(recipe, build(recipe))
    items = assembly.folder / "items.parquet"

    def keep(row: Row) -> None:
        metrics = {"epoch": row["epoch"], **named("validate", metrics_of(row))} if row else {}
        Bundle.write(out, assembly.model, recipe, metrics, items if items.is_file() else None)

    outcome = assembly.trainer.fit(assembly.data, out, keep, console, resume)
    bundle = _finish(assembly, outcome, out, console)
    if not outcome.interrupted and assembly.trainer.is_main_process:
        DEFAULT.listeners.tell("seqrec_run_finished", bundle=bundle)
    return not outcome.interrupted


def _resumes(out: Path, recipe: Recipe, resume: bool) -> bool:
    """Whether there is a run to go on with; what its checkpoint holds must have been made alike.

    Raises SeqrecError for another model, other data or other settings of training.
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
    if not (out / "spec.lock.json").is_file():
        return True
    kept, items = out / "items.parquet", _folder(recipe) / "items.parquet"
    if kept.is_file() and not (items.is_file() and cmp(kept, items, shallow=False)):
        raise SeqrecError(
            f"{items} is not that of the data that the run in {out} was trained on; name that "
            "folder in data.folder, or choose another --out"
        )
    before = load_resolved(out / "spec.lock.json").recipe
    for part in _OF_A_RUN:
        if _at(before, part) != _at(recipe, part):
            raise SeqrecError(
                f"{part} of the spec differs from that of the run in {out}, which can only be "
                "resumed as it was; undo the change, or choose another --out"
            )
    return True


def _folder(recipe: Recipe) -> Path:
    return Path() if recipe.data is None else Path(recipe.data.folder)


def _at(recipe: Recipe, path: str) -> Any:
    """What a path such as "trainer.monitor" leads to, None where it ends before.

    The data's folder is left out: it may have moved.
    """
    value: Any = recipe
    for name in path.split("."):
        value = getattr(value, name, None)
    return attrs.evolve(value, folder="") if isinstance(value, DataModuleSpec) else value


def _finish(assembly: Assembly, outcome: Outcome, out: Path, console: Console) -> Bundle:
    """Measures the baseline, writes the report, and prints what came of the run."""
    baseline = {}
    if outcome.best is not None and not outcome.interrupted:
        baseline = named("validate", assembly.baseline("validate"), of_baseline=True)
    bundle = Bundle(out)
    if not assembly.trainer.is_main_process:
        return bundle
    write_metrics(bundle, baseline)
    write_report(bundle)
    if outcome.best is not None:
        console.print(metrics_table(bundle.metrics, "validate"))
    state = "interrupted; go on with --resume" if outcome.interrupted else "finished"
    best = f", best weights of epoch {outcome.best['epoch']:g}" if outcome.best else ""
    print(f"{state}{best}\nbundle: {out}\nreport: {out / 'report.html'}")
    return bundle
