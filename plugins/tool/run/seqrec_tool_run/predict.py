"""`seqrec predict`: recommendations of a bundle, with the ids of the data."""

import os
from pathlib import Path

import pyarrow.csv as pc
import pyarrow.parquet as pq
from rich.console import Console
from seqrec_library_engines.kind import EngineProto

from seqrec_core.errors import SeqrecError
from seqrec_core.places import local, shown
from seqrec_core.session import DEFAULT, Session
from seqrec_core.terminal import console as default_console
from seqrec_core.terminal import echo
from seqrec_core.whole_files import whole_file
from seqrec_tool_run.assembly import Assembly
from seqrec_tool_run.candidate_files import read_candidates
from seqrec_tool_run.disk_space import told_when_full
from seqrec_tool_run.predictions import Predictions, choice_of, sample_of
from seqrec_tool_run.recommendations import RecommendationWriter
from seqrec_tool_run.user_candidates import UserCandidates

Place = str | os.PathLike[str]

PARQUET, CSV = SUFFIXES = (".parquet", ".csv")


def predict(
    path: Path,
    data: Place | None,
    out: Place,
    top_k: int = 10,
    candidates: Path | None = None,
    keep_seen: bool = False,
    console: Console | None = None,
    session: Session = DEFAULT,
    trust: bool = False,
    engine: EngineProto | str | None = None,
) -> None:
    """Writes recommendations, as `write_predictions` does, and prints a sample of them."""
    console = console or default_console()
    predictions = write_predictions(
        path, data, out, top_k, candidates, keep_seen, session, trust, engine
    )
    console.print(predictions.sample)
    for line in predictions.notices:
        echo(line)
    echo(f"{predictions.rows:,} recommendations: {shown(os.fspath(out))}")


def write_predictions(
    path: Path,
    data: Place | None,
    out: Place,
    top_k: int = 10,
    candidates: Path | None = None,
    keep_seen: bool = False,
    session: Session = DEFAULT,
    trust: bool = False,
    engine: EngineProto | str | None = None,
) -> Predictions:
    """Writes the best items of each user of the predict split; those not filtered out.

    Items and users have their ids in the data; where it has none, the numbers of batches. The
    file is parquet or CSV, as its suffix says. `candidates` is a file of items to choose from, for
    everybody or for each user; nothing is recommended to users that it does not name. Raises
    SeqrecError when `out` is a folder, or has another suffix.

    With an `engine`, such as "local", or one that was built, its processes score in place of the
    trainer, and `out` is a folder of parts, or its URI: see `write_over`.
    """
    if engine is not None:
        from seqrec_tool_run.engine_predictions import write_over

        return write_over(engine, path, data, out, top_k, candidates, keep_seen, session, trust)
    data, out = None if data is None else local(data), Path(out)
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
    notices += choice_of(top_k, len(items) if run.candidates is None else len(run.candidates))
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
        sample = sample_of(rows)
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
