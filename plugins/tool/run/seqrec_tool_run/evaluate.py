"""`seqrec evaluate`: metrics of a bundle beside the popularity baseline."""

from pathlib import Path

from rich.console import Console

from seqrec_core.errors import DataError
from seqrec_core.session import DEFAULT, Session
from seqrec_core.terminal import console as default_console
from seqrec_tool_run.assembly import Assembly
from seqrec_tool_run.metrics import metrics_table, named, write_metrics
from seqrec_tool_run.report_page import write_report


def evaluate(
    path: Path,
    data: Path | None = None,
    split: str = "test",
    console: Console | None = None,
    session: Session = DEFAULT,
) -> dict[str, float]:
    """Ranks the whole catalogue for each user of a split; prints, stores, returns the metrics.

    Raises DataError for a split in which no user has a true item.
    """
    bundle, assembly = Assembly.of_bundle(path, data, session)
    metrics = named(split, assembly.evaluate(split))
    if not metrics:
        raise DataError(
            f"{split}: no user has a true item of the catalogue, so there is nothing to measure; "
            "look at the column ground_truth, or choose another --split"
        )
    metrics |= named(split, assembly.baseline(split), of_baseline=True)
    if assembly.trainer.is_main_process():
        write_metrics(bundle, metrics)
        write_report(bundle, assembly.recipe)
        (console or default_console()).print(metrics_table(metrics, split))
        print(f"report: {path / 'report.html'}")
    return metrics
