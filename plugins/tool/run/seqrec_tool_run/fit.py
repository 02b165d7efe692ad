"""`seqrec fit`: from a spec to a bundle with its report."""

from pathlib import Path

from rich.console import Console
from seqrec_trainer_lightning.history import Row, metrics_of
from seqrec_trainer_lightning.lightning_trainer import Outcome

from seqrec_core.build import build
from seqrec_core.bundle import Bundle
from seqrec_core.session import DEFAULT
from seqrec_core.spec import Recipe
from seqrec_tool_run.assembly import Assembly
from seqrec_tool_run.metrics import metrics_table, named, write_metrics
from seqrec_tool_run.report_page import write_report
from seqrec_tool_run.resumption import resumes


def fit(recipe: Recipe, out: Path, resume: bool, console: Console) -> bool:
    """Trains, keeps the best weights in `out`, and reports; whether the run was finished.

    Raises SeqrecError when `out` already holds a run that is not to be resumed, or not so.
    """
    resume = resumes(out, recipe, resume)
    assembly = Assembly.of(recipe, build(recipe))
    items = assembly.folder.items

    def keep(row: Row) -> None:
        metrics = {"epoch": row["epoch"], **named("validate", metrics_of(row))} if row else {}
        Bundle.write(out, assembly.model, recipe, metrics, items if items.is_file() else None)

    outcome = assembly.trainer.fit(assembly.data, out, keep, console, resume)
    bundle = _finish(assembly, outcome, out, console)
    if not outcome.interrupted and assembly.trainer.is_main_process:
        DEFAULT.listeners.tell("seqrec_run_finished", bundle=bundle)
    return not outcome.interrupted


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
