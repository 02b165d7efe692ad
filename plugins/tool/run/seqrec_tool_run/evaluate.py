"""`seqrec evaluate`: metrics of a bundle beside the popularity baseline."""

import errno
from pathlib import Path

from rich.console import Console

from seqrec_core.bundle import Bundle
from seqrec_core.errors import DataError
from seqrec_core.session import DEFAULT, Session
from seqrec_core.spec import Recipe
from seqrec_core.terminal import console as default_console
from seqrec_core.terminal import echo
from seqrec_tool_run.assembly import Assembly, Candidates
from seqrec_tool_run.candidate_files import read_candidates
from seqrec_tool_run.disk_space import told_when_full
from seqrec_tool_run.metrics import metrics_table, named, ranked_name
from seqrec_tool_run.report_page import REPORT, write_report
from seqrec_tool_run.request_time import knows_request_time
from seqrec_tool_run.run_folder import HeldError, RunFolder
from seqrec_tool_run.user_candidates import UserCandidates

READ_ONLY = (errno.EROFS, errno.EACCES, errno.EPERM)


def evaluate(
    path: Path,
    data: Path | None = None,
    split: str = "test",
    candidates: Path | None = None,
    console: Console | None = None,
    session: Session = DEFAULT,
    trust: bool = False,
) -> dict[str, float]:
    """Ranks the whole catalogue for each user of a split; prints, stores, returns the metrics.

    With `candidates`, a file of items for everybody or for each user, those alone are ranked, and
    names begin with `ranked_name`: they stand beside the numbers of the whole catalogue. While a
    run is trained in the folder, nothing is stored, since its next best weights have other numbers;
    nor is it where the folder is read-only.
    Raises DataError for a split in which no user has a true item, and for one with users whose
    candidates the file does not name.
    """
    bundle, assembly = Assembly.of_bundle(path, data, session, trust)
    scored = None if candidates is None else _candidates(candidates, bundle, assembly, split)
    is_timed = knows_request_time(assembly.recipe)
    name = ranked_name(split, candidates, is_timed=is_timed)
    metrics = named(name, assembly.evaluate(split, scored))
    if not metrics:
        raise DataError(
            f"{split}: no user has a true item of the catalogue, so there is nothing to measure; "
            "look at the column ground_truth, or choose another --split"
        )
    metrics |= named(name, assembly.baseline(split, scored), of_baseline=True)
    if assembly.trainer.is_main_process():
        console = console or default_console()
        console.print(metrics_table(metrics, name))
        _store(bundle, assembly.recipe, metrics, console)
    return metrics


def _store(bundle: Bundle, recipe: Recipe, metrics: dict[str, float], console: Console) -> None:
    """Adds the metrics to the bundle, and writes its report anew."""
    folder = RunFolder(bundle.path)
    try:
        with (
            told_when_full(bundle.path, "free some and evaluate again"),
            folder.held("evaluate", console),
        ):
            bundle.update_metrics(metrics)
            write_report(bundle, recipe)
    except HeldError as cause:
        console.print(f"not stored: {cause}", highlight=False)
    except OSError as cause:
        if cause.errno not in READ_ONLY:
            raise
        console.print(f"not stored, for {bundle.path} is read-only: {cause}", highlight=False)
    else:
        echo(f"report: {bundle.path / REPORT}")


def _candidates(path: Path, bundle: Bundle, assembly: Assembly, split: str) -> Candidates:
    """What a file names; DataError where users of the split have no candidates."""
    scored = read_candidates(path, assembly.item_ids(bundle), assembly.vocabularies.users)
    if isinstance(scored, UserCandidates):
        users = assembly.user_ids()
        with assembly.faults():
            without = assembly.data_with(scored).users_without(split, users)
        if without:
            raise DataError(
                f"{without}; name candidates for all, or give --data with the users that have some"
            )
    return scored
