"""`seqrec fit`: from a spec to a bundle with its report."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from rich.console import Console

from seqrec_core.build import Runtime, build_model
from seqrec_core.bundle import WEIGHTS, Bundle
from seqrec_core.contracts import Outcome, Row, measured
from seqrec_core.session import DEFAULT, Session
from seqrec_core.spec import Recipe, TrainerSpec
from seqrec_core.terminal import console as default_console
from seqrec_tool_run.assembly import Assembly
from seqrec_tool_run.history_csv import HistoryCsv
from seqrec_tool_run.metrics import metrics_table, named, write_metrics
from seqrec_tool_run.report_page import write_report
from seqrec_tool_run.resumption import check_items, resumes
from seqrec_tool_run.tracking import Tracking


def fit(
    recipe: Recipe,
    out: Path,
    resume: bool = False,
    console: Console | None = None,
    session: Session = DEFAULT,
) -> bool:
    """Trains, keeps the best weights in `out`, and reports; whether the run was finished.

    The recipe is a resolved one, of `load_resolved`. Raises SeqrecError when `out` already holds
    a run that is not to be resumed, or not so.
    """
    console = console or default_console()
    resume = resumes(out, recipe, resume, session)
    runtime = Runtime.of(recipe, session=session)
    model = session.built(build_model(recipe, runtime), recipe)
    assembly = Assembly.of(recipe, model, runtime)
    items = assembly.vocabularies.items
    if resume:
        check_items(out, items)

    tracking = Tracking.of(recipe, runtime, out, resume)

    def keep(row: Row) -> None:
        tracking.start()
        metrics = {"epoch": row["epoch"], **named("validate", measured(row))} if row else {}
        Bundle.write(out, model, recipe, metrics, items, runtime.trace, session)

    history = HistoryCsv(out / "logs" / "history.csv", goes_on=resume)
    log = tracking.log if recipe.trackers else None
    run = assembly.run(folder=out, console=console, record=history.record, keep=keep, log=log)
    with _no_empty_run(out, assembly, history), assembly.faults(), tracking:
        outcome = assembly.trainer.fit(run, resume=resume)
        bundle = _finish(assembly, outcome, out, console)
        tracking.finish("interrupted" if outcome.interrupted else "finished")
    if not outcome.interrupted and assembly.trainer.is_main_process():
        session.listeners.tell("seqrec_run_finished", bundle=bundle)
    return not outcome.interrupted


@contextmanager
def _no_empty_run(out: Path, assembly: Assembly, history: HistoryCsv) -> Iterator[None]:
    """Takes away the folders of a run that fails before it has trained, if they are new.

    One with weights, a checkpoint or rows of its history stays, and so does one that was there.
    """
    new = [folder for folder in (out, *out.parents) if not folder.exists()]
    try:
        yield
    except BaseException:
        checkpoint = (assembly.recipe.trainer or TrainerSpec()).checkpoint or WEIGHTS
        kept = any(path.exists() for path in (out / WEIGHTS, out / checkpoint, history.path))
        if new and not kept and assembly.trainer.is_main_process():
            shutil.rmtree(out, ignore_errors=True)
            with suppress(OSError):  # one above that holds another run, or was never there
                for folder in new[1:]:
                    folder.rmdir()
        raise


def _finish(assembly: Assembly, outcome: Outcome, out: Path, console: Console) -> Bundle:
    """Measures the baseline, writes the report, and prints what came of the run."""
    baseline = {}
    if outcome.best is not None and not outcome.interrupted:
        baseline = named("validate", assembly.baseline("validate"), of_baseline=True)
    bundle = Bundle(out, assembly.runtime.session)
    if not assembly.trainer.is_main_process():
        return bundle
    write_metrics(bundle, baseline)
    write_report(bundle, assembly.recipe)
    if outcome.best is not None:
        console.print(metrics_table(bundle.metrics, "validate"))
    state = "interrupted; go on with --resume" if outcome.interrupted else "finished"
    best = f", best weights of epoch {outcome.best['epoch']:g}" if outcome.best else ""
    print(f"{state}{best}\nbundle: {out}\nreport: {out / 'report.html'}")
    return bundle
