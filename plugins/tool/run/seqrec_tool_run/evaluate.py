"""`seqrec evaluate`: metrics of a bundle beside the popularity baseline."""

import errno
from pathlib import Path

import attrs
from rich.console import Console

from seqrec_core.bundle import Bundle
from seqrec_core.data_folder import DataFolder
from seqrec_core.digests import file_digest
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


@attrs.frozen
class Measurement:
    """The metrics of a bundle on one split, whose names begin with `name`, beside the baseline."""

    bundle: Bundle
    recipe: Recipe
    name: str
    metrics: dict[str, float]
    is_main: bool  # in the process that writes and prints

    def store(self, console: Console) -> str:
        """Adds the metrics to the bundle, and writes its report anew; says so, or why not."""
        if not self.is_main:
            return ""
        path = self.bundle.path
        folder = RunFolder(path)
        try:
            with (
                told_when_full(path, "free some and evaluate again"),
                folder.held("evaluate", console),
            ):
                self.bundle.update_metrics(self.metrics)
                write_report(self.bundle, self.recipe)
        except HeldError as cause:
            return f"not stored: {cause}"
        except OSError as cause:
            if cause.errno not in READ_ONLY:
                raise
            return f"not stored, for {path} is read-only: {cause}"
        return f"report: {path / REPORT}"


def evaluate(
    path: Path,
    data: Path | None = None,
    split: str = "test",
    candidates: Path | None = None,
    console: Console | None = None,
    session: Session = DEFAULT,
    trust: bool = False,
) -> dict[str, float]:
    """Measures a bundle, as `measure` does; prints, stores and returns the metrics.

    While a run is trained in the folder, nothing is stored, since its next best weights have other
    numbers; nor is it where the folder is read-only.
    """
    measurement = measure(path, data, split, candidates, session, trust)
    if measurement.is_main:
        console = console or default_console()
        console.print(metrics_table(measurement.metrics, measurement.name))
        echo(measurement.store(console))
    return measurement.metrics


def measure(
    path: Path,
    data: Path | None = None,
    split: str = "test",
    candidates: Path | None = None,
    session: Session = DEFAULT,
    trust: bool = False,
) -> Measurement:
    """Ranks the whole catalogue for each user of a split; prints and stores nothing.

    With `candidates`, a file of items for everybody or for each user, those alone are ranked, and
    names begin with `ranked_name`: they stand beside the numbers of the whole catalogue. So do
    those of other data than that of the training.
    Raises DataError for a split in which no user has a true item, and for one with users whose
    candidates the file does not name.
    """
    bundle, assembly = Assembly.of_bundle(path, data, session, trust)
    scored = None if candidates is None else _candidates(candidates, bundle, assembly, split)
    is_timed = knows_request_time(assembly.recipe)
    other = data if data is not None and not _is_of_training(data, bundle) else None
    name = ranked_name(split, candidates, is_timed=is_timed, other_data=other)
    metrics = named(name, assembly.evaluate(split, scored))
    if not metrics:
        raise DataError(
            f"{split}: no user has a true item of the catalogue, so there is nothing to measure; "
            "look at the column ground_truth, or choose another --split"
        )
    metrics |= named(name, assembly.baseline(split, scored), of_baseline=True)
    is_main = assembly.trainer.is_main_process()
    return Measurement(bundle, assembly.recipe, name, metrics, is_main)


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


def _is_of_training(data: Path, bundle: Bundle) -> bool:
    """Whether data is that of the training, wherever it lies now: the same rows to train on."""
    module = bundle.lock.get("data") or {}
    trained = bundle.path / str(module.get("folder", ""))
    if data.resolve() == trained.resolve():
        return True
    here, there = (DataFolder(folder).split("train") for folder in (data, trained))
    if not (here.is_file() and there.is_file()):
        return True  # moved, or a data module of another kind: nobody can tell
    return file_digest(here) == file_digest(there)
