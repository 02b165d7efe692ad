"""`seqrec predict`: recommendations of a bundle, with the ids of the data."""

from pathlib import Path

import attrs
import pyarrow.csv as pc
import pyarrow.parquet as pq
from rich.console import Console
from rich.table import Table

from seqrec_core.errors import SeqrecError
from seqrec_core.session import DEFAULT, Session
from seqrec_core.terminal import console as default_console
from seqrec_core.terminal import echo, table
from seqrec_core.whole_files import whole_file
from seqrec_tool_run.assembly import Assembly
from seqrec_tool_run.candidate_files import read_candidates
from seqrec_tool_run.disk_space import told_when_full
from seqrec_tool_run.recommendations import RecommendationWriter
from seqrec_tool_run.user_candidates import UserCandidates

SAMPLE = 5  # users shown
PARQUET, CSV = SUFFIXES = (".parquet", ".csv")


@attrs.frozen
class Predictions:
    """What was written: how many rows, what to say of them, and the first users as a table."""

    rows: int
    notices: tuple[str, ...]
    sample: Table


def predict(
    path: Path,
    data: Path | None,
    out: Path,
    top_k: int = 10,
    candidates: Path | None = None,
    keep_seen: bool = False,
    console: Console | None = None,
    session: Session = DEFAULT,
    trust: bool = False,
) -> None:
    """Writes recommendations, as `write_predictions` does, and prints a sample of them."""
    console = console or default_console()
    predictions = write_predictions(path, data, out, top_k, candidates, keep_seen, session, trust)
    console.print(predictions.sample)
    for line in predictions.notices:
        echo(line)
    echo(f"{predictions.rows:,} recommendations: {out}")


def write_predictions(
    path: Path,
    data: Path | None,
    out: Path,
    top_k: int = 10,
    candidates: Path | None = None,
    keep_seen: bool = False,
    session: Session = DEFAULT,
    trust: bool = False,
) -> Predictions:
    """Writes the best items of each user of the predict split; those not filtered out.

    Items and users have their ids in the data; where it has none, the numbers of batches. The
    file is parquet or CSV, as its suffix says. `candidates` is a file of items to choose from, for
    everybody or for each user; nothing is recommended to users that it does not name. Raises
    SeqrecError when `out` is a folder, or has another suffix.
    """
    if out.is_dir():
        raise SeqrecError(f"{out} is a folder; name a file, such as {out / 'top.parquet'}")
    if (suffix := out.suffix.lower()) not in SUFFIXES:
        raise SeqrecError(f"{out} ends in {suffix!r}; name a file that ends in .parquet or .csv")
    bundle, assembly = Assembly.of_bundle(path, data, session, trust)
    items, users = assembly.item_ids(bundle), assembly.user_ids()
    scored, notices = None, []
    if candidates is not None:
        scored = read_candidates(candidates, items, assembly.vocabularies.users)
    if isinstance(scored, UserCandidates):
        with assembly.faults():
            if without := assembly.data_with(scored).users_without("predict", users):
                notices.append(f"{without}; nothing is recommended to them")
    run = assembly.run(scored)
    choice = len(items) if run.candidates is None else len(run.candidates)
    if top_k > choice:
        notices.append(f"top-k is {top_k:,}, and there are {choice:,} items to choose from")
    rows = out if suffix == PARQUET else out.with_name(f".{out.name}{PARQUET}")
    writer = RecommendationWriter(
        rows,
        users,
        items,
        top_k=top_k,
        query_column=assembly.query_column,
        postprocessors=() if keep_seen else assembly.filters,
        candidates=run.candidates,
    )
    with told_when_full(out, "free some and predict again"):
        out.parent.mkdir(parents=True, exist_ok=True)
        with writer, assembly.faults():
            assembly.trainer.predict(run, writer)
        sample = _sample(rows)
        if rows != out and assembly.trainer.is_main_process():
            _write_csv(rows, out)
    notices += writer.without.lines()
    if not writer.rows:
        notices.append(f"nothing is recommended: the split predict has {writer.users_seen:,} users")
    return Predictions(writer.rows, tuple(notices), sample)


def _write_csv(rows: Path, out: Path) -> None:
    """Turns the parquet file `rows` into the CSV file `out`, which appears when it is complete."""
    try:
        with (
            whole_file(out) as draft,
            pq.ParquetFile(rows) as file,
            pc.CSVWriter(draft, file.schema_arrow) as writer,
        ):
            for batch in file.iter_batches():
                writer.write_batch(batch)
    finally:
        rows.unlink(missing_ok=True)


def _sample(path: Path) -> Table:
    """The first users of a file of recommendations, one row each."""
    sample = table("user", "items, best first (score)")
    lists: dict[str, list[str]] = {}
    for batch in pq.ParquetFile(path).iter_batches(batch_size=1024):
        for row in batch.to_pylist():
            lists.setdefault(str(row["user"]), []).append(f"{row['item']} ({row['score']:.2f})")
        break
    for user, items in list(lists.items())[:SAMPLE]:
        sample.add_row(user, "  ".join(items[:5]))
    return sample
