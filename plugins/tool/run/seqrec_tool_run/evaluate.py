"""`seqrec evaluate`: metrics of a bundle beside the popularity baseline."""

import errno
from contextlib import suppress
from pathlib import Path

import attrs
from rich.console import Console

from seqrec_core.bundle import Bundle
from seqrec_core.data_folder import DataFolder
from seqrec_core.digests import file_digest
from seqrec_core.errors import DataError
from seqrec_core.places import expanded, is_remote, local, shown
from seqrec_core.reading.json_text import object_of_file
from seqrec_core.session import DEFAULT, Session
from seqrec_core.spec import Recipe
from seqrec_core.terminal import console as default_console
from seqrec_core.terminal import echo, printable
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
        echo(measurement.store(console), error=console.stderr)
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
    is_of_training = data is None or _is_of_training(data, bundle, assembly, trust)
    other = None if is_of_training else data
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


def _is_of_training(data: Path, bundle: Bundle, assembly: Assembly, trust: bool) -> bool:
    """Whether data is that of the training, wherever it lies now.

    Where the folder of the training can be read, the same rows to train on say so. Where it cannot,
    the same count of each item does, unless a preparation numbered the items after a run (it takes
    over the counts, and has other rows) or no report says that none did. Data that has no rows of
    its own, that of other modules, is taken for that of the training.
    """
    trained, here = _trained_on(bundle, data, trust), DataFolder(data).split("train")
    if trained is not None and data.resolve() == trained.resolve():
        return True
    if trained is not None and (there := DataFolder(trained).split("train")).is_file():
        return here.is_file() and file_digest(here) == file_digest(there)
    if not here.is_file():
        return True
    report, tables = data / "report.json", (bundle.item_table, assembly.vocabularies.items)
    known = [table for table in tables if table is not None and "count" in table.column_names]
    counts = [table["count"] for table in known]
    if len(counts) < len(tables) or not counts[0].equals(counts[1]) or not report.is_file():
        return False
    return "ids_from" not in object_of_file(report).get("settings", {"ids_from": ""})


def _trained_on(bundle: Bundle, data: Path, trust: bool) -> Path | None:
    """The folder that the lock names, which is `data` where that came of the same URI.

    None for another URI that the lock may not choose, and for one that cannot be read.
    """
    named = str((bundle.lock.get("data") or {}).get("folder", ""))
    with suppress(DataError):
        if trust or not is_remote(named):
            return bundle.path / local(named)
        return data if printable(str(data)) == shown(expanded(named)) else None
    return None
