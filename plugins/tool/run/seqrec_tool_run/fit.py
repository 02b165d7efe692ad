"""`seqrec fit`: from a spec to a bundle with its report."""

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

import attrs
from rich.console import Console

from seqrec_core.build import Runtime, build_model
from seqrec_core.bundle import LOCK, WEIGHTS, Bundle
from seqrec_core.contracts import Outcome, Row, measured
from seqrec_core.session import DEFAULT, Session
from seqrec_core.spec import Recipe, TrainerSpec
from seqrec_core.terminal import console as default_console
from seqrec_core.terminal import echo
from seqrec_tool_run.assembly import Assembly
from seqrec_tool_run.disk_space import told_when_full
from seqrec_tool_run.following import Following, Follows, NamesStream, check_follows, endless
from seqrec_tool_run.history_csv import HISTORY, HistoryCsv
from seqrec_tool_run.metrics import metrics_table, named, ranked_name
from seqrec_tool_run.monitor_doubt import doubt_of
from seqrec_tool_run.report_page import REPORT, write_report
from seqrec_tool_run.request_time import knows_request_time
from seqrec_tool_run.resumption import (
    check_items,
    check_place,
    check_weights_kept,
    resumes,
)
from seqrec_tool_run.run_folder import FIT, HeldError, RunFolder, is_first_process
from seqrec_tool_run.tracking import Tracking
from seqrec_tool_run.watching import StopTraining, Watching


@attrs.frozen
class Training:
    """What came of a training: its bundle, and `doubt`, what may be wrong with the choice of it.

    `validate` begins the names of its metrics on the validation. `goes_on_by` is the option of
    `seqrec fit` that goes on with it.
    """

    bundle: Bundle
    outcome: Outcome
    validate: str
    doubt: str | None = None
    goes_on_by: str = "--resume"


Tell = Callable[[Training], None]
State = Mapping[str, Mapping[str, Any]]  # of an optimiser: by parameter, then as torch names it


def fit(
    recipe: Recipe,
    out: Path,
    resume: bool = False,
    console: Console | None = None,
    session: Session = DEFAULT,
    trust: bool = False,
    watch: Callable[[Row], None] | None = None,
    tell: Tell | None = None,
    optimizer_state: State | None = None,
    poll: float | None = None,
    own: str | Path | None = None,
) -> bool:
    """Trains, keeps the best weights in `out`, and reports; whether the run was finished.

    The recipe is a resolved one, of `load_resolved`. Raises SeqrecError when `out` already holds
    a run that is not to be resumed, or not so, when another process writes there, and when the
    disk is full. `trust` is that of `Bundle.load`, for a run that goes on. `watch` is shown each
    row of the history once it is stored; by StopTraining it ends the run, which can go on.
    `tell` is shown what came of it; by default the console is, in a table. `optimizer_state` is
    what a new run begins with, where its trainer KeepsOptimizerState. With `poll`, of data that
    Follows, files are waited for when none is left, and looked for every so many seconds. `own` is
    the file of the recipe, see `resumes`.
    """
    console = console or default_console()
    if poll is not None:
        check_follows(recipe, session.registry)
    check_place(out, recipe)
    folder = RunFolder(out)
    with (
        told_when_full(out, "free some and go on with --resume"),
        _no_empty_run(folder, recipe),
        folder.held(FIT, console),
    ):
        tell = tell or partial(show_training, console=console)
        before = resumes(out, recipe, resume, session, console, trust, own)
        return _fit(
            before or recipe,
            folder,
            before is not None,
            console,
            session,
            watch,
            tell,
            optimizer_state,
            poll,
        )


def _fit(
    recipe: Recipe,
    folder: RunFolder,
    resume: bool,
    console: Console,
    session: Session,
    watch: Callable[[Row], None] | None,
    tell: Tell,
    optimizer_state: State | None,
    poll: float | None,
) -> bool:
    """The same in a folder that this process holds."""
    out = folder.path
    runtime = Runtime.of(recipe, session=session)
    model = session.built(build_model(recipe, runtime), recipe)
    follows = isinstance(recipe.data, NamesStream)
    assembly = Assembly.of(endless(recipe) if follows else recipe, model, runtime)
    assembly.recipe = recipe
    items, features = assembly.vocabularies.items, assembly.vocabularies.features
    if resume:
        check_items(out, items)

    validate = ranked_name("validate", is_timed=knows_request_time(recipe))
    tracking = Tracking.of(recipe, runtime, out, resume)

    def keep(row: Row) -> None:
        tracking.start()
        metrics = {"epoch": row["epoch"], **named(validate, measured(row))} if row else {}
        Bundle.write(out, model, recipe, metrics, items, runtime.trace, session, features)

    history = HistoryCsv(out / HISTORY, goes_on=resume)
    log = tracking.log if recipe.trackers else None
    best = _kept(out, history) if resume else None
    watching = Watching(history.record, keep, watch, history.row() if resume else None, best)
    run = assembly.run(
        folder=out,
        console=console,
        record=watching.record,
        keep=watching.keep,
        log=log,
        optimizer_state=optimizer_state,
    )
    folder.begin()
    with assembly.faults(), tracking:
        try:
            if isinstance(assembly.data, Follows):
                following = Following.of(assembly, run, watching, poll)
                outcome = following.run(resume)
            else:
                outcome = assembly.trainer.fit(run, resume=resume)
        except StopTraining:
            outcome = watching.stopped(has_weights=(out / WEIGHTS).is_file())
        if assembly.trainer.is_main_process():
            history.settle(outcome.rows)
            check_weights_kept(out)
        goes_on_by = "--resume" if poll is None else "--follow --resume"
        bundle = _finish(assembly, outcome, out, tell, validate, goes_on_by)
        tracking.finish("interrupted" if outcome.interrupted else "finished")
    if not outcome.interrupted:
        folder.finish()
        if assembly.trainer.is_main_process():
            session.listeners.tell("seqrec_run_finished", bundle=bundle)
    return not outcome.interrupted


def _kept(out: Path, history: HistoryCsv) -> Row | None:
    """The row of the weights in the bundle of a run that goes on, as far as anybody knows it."""
    if not (out / WEIGHTS).is_file() or not (out / LOCK).is_file():
        return None
    epoch = Bundle(out).metrics.get("epoch")
    return None if epoch is None else history.row(epoch) or {"epoch": epoch}


@contextmanager
def _no_empty_run(folder: RunFolder, recipe: Recipe) -> Iterator[None]:
    """Takes away the folders of a run that fails before it has trained, if they are new.

    One with weights, a checkpoint or rows of its history stays, and so does one that was there.
    """
    out = folder.path
    new = [each for each in (out, *out.parents) if not each.exists()]
    try:
        yield
    except BaseException as error:
        checkpoint = (recipe.trainer or TrainerSpec()).checkpoint or WEIGHTS
        kept = any((out / name).exists() for name in (WEIGHTS, checkpoint, HISTORY))
        if is_first_process() and not kept and not isinstance(error, HeldError):
            folder.finish()
            if new:
                shutil.rmtree(out, ignore_errors=True)
                with suppress(OSError):  # one above that holds another run, or was never there
                    for each in new[1:]:
                        each.rmdir()
        raise


def _finish(
    assembly: Assembly, outcome: Outcome, out: Path, tell: Tell, validate: str, goes_on_by: str
) -> Bundle:
    """Measures the baseline, writes the report, and tells what came of the run."""
    baseline = {}
    if outcome.best is not None and not outcome.interrupted:
        baseline = named(validate, assembly.baseline("validate"), of_baseline=True)
    bundle = Bundle(out, assembly.runtime.session)
    if not assembly.trainer.is_main_process():
        return bundle
    bundle.update_metrics(baseline)
    write_report(bundle, assembly.recipe)
    doubt = doubt_of(assembly.recipe.trainer, outcome)
    tell(Training(bundle, outcome, validate, doubt, goes_on_by))
    return bundle


def show_training(training: Training, console: Console) -> None:
    """Prints what came of a training."""
    out, outcome = training.bundle.path, training.outcome
    if training.doubt:
        console.print(training.doubt, highlight=False)
    if outcome.best is not None:
        console.print(metrics_table(training.bundle.metrics, training.validate))
    goes_on = f"interrupted; go on with {training.goes_on_by}"
    state = goes_on if outcome.interrupted else "finished"
    best = f", best weights of epoch {outcome.best['epoch']:g}" if outcome.best else ""
    echo(f"{state}{best}\nbundle: {out}\nreport: {out / REPORT}")
