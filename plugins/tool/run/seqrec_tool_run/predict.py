"""`seqrec predict`: recommendations of a bundle, with the ids of the data."""

from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pc
import pyarrow.parquet as pq
import torch
from rich.console import Console
from rich.table import Table

from seqrec_core.bundle import Bundle
from seqrec_core.errors import DataError, SeqrecError
from seqrec_core.session import DEFAULT, Session
from seqrec_core.terminal import console as default_console
from seqrec_core.terminal import table
from seqrec_core.vocabulary import read_table
from seqrec_tool_run.assembly import Assembly
from seqrec_tool_run.id_maps import UserIds
from seqrec_tool_run.recommendations import RecommendationWriter

SAMPLE = 5  # users shown
PARQUET, CSV = SUFFIXES = (".parquet", ".csv")


def predict(
    path: Path,
    data: Path | None,
    out: Path,
    top_k: int = 10,
    candidates: Path | None = None,
    keep_seen: bool = False,
    console: Console | None = None,
    session: Session = DEFAULT,
) -> None:
    """Writes the best items of each user of the predict split; those not filtered out.

    Items and users have their ids in the data; where it has none, the numbers of batches. The
    file is parquet or CSV, as its suffix says. Raises SeqrecError when `out` is a folder, or has
    another suffix.
    """
    if out.is_dir():
        raise SeqrecError(f"{out} is a folder; name a file, such as {out / 'top.parquet'}")
    if (suffix := out.suffix.lower()) not in SUFFIXES:
        raise SeqrecError(f"{out} ends in {suffix!r}; name a file that ends in .parquet or .csv")
    out.parent.mkdir(parents=True, exist_ok=True)
    bundle, assembly = Assembly.of_bundle(path, data, session)
    items, users = _items(bundle, assembly), assembly.vocabularies.users
    if users is None and assembly.vocabularies.items is not None:
        raise DataError(
            "the data names its items and not its users, so nobody could tell whose these "
            "recommendations are; restore users.parquet, or what else the data module reads"
        )
    scored = None if candidates is None else read_candidates(candidates, items)
    rows = out if suffix == PARQUET else out.with_name(f".{out.name}{PARQUET}")
    with (
        RecommendationWriter(
            rows,
            None if users is None else UserIds.of(users),
            items,
            top_k=top_k,
            query_column=assembly.query_column,
            postprocessors=() if keep_seen else assembly.filters,
            candidates=scored,
        ) as writer,
        assembly.faults(),
    ):
        assembly.trainer.predict(assembly.run(candidates=scored), writer)
    (console or default_console()).print(_sample(rows))
    if rows != out and assembly.trainer.is_main_process():
        _write_csv(rows, out)
    print(f"{writer.rows:,} recommendations: {out}")


def _items(bundle: Bundle, assembly: Assembly) -> pa.Array:
    """Items by their ids in the data: of the data, or of the bundle, or else numbers."""
    for known in (assembly.vocabularies.items, bundle.item_table):
        if known is not None:
            return known["item"].combine_chunks()
    return pa.array(range(assembly.recipe.schema.offers()["cardinality"]))


def read_candidates(path: Path, items: pa.Array) -> torch.Tensor:
    """Item ids (C,) of the items that a file names, one a line or as column `item` of parquet.

    Raises DataError for an item that the catalogue `items` lacks, and for one named twice.
    """
    if not path.is_file():
        raise DataError(f"{path} is missing; give a file with one item a line")
    if path.suffix == PARQUET:
        columns = read_table(path)
        if "item" not in columns.column_names:
            raise DataError(f"{path} has no column 'item', only {columns.column_names}; name it so")
        lines = [str(item) for item in columns["item"].to_pylist()]
    else:
        lines = _lines(path)
    ids = {str(item): number for number, item in enumerate(items.to_pylist())}
    numbers: dict[int, None] = {}
    for place, line in enumerate(lines, start=1):
        item = line if line in ids else line.strip()  # an id may have a space in front
        if not item:
            continue
        if item not in ids:
            raise DataError(f"{path}, line {place}: {item!r} is no item that the model knows")
        if ids[item] in numbers:
            raise DataError(f"{path}, line {place}: {item!r} is named twice; name each item once")
        numbers[ids[item]] = None
    if not numbers:
        raise DataError(f"{path} names no item; give one a line")
    return torch.tensor(list(numbers))


def _lines(path: Path) -> list[str]:
    """The lines of a text file as they are, without the byte-order mark."""
    try:
        return path.read_text(encoding="utf-8-sig").split("\n")
    except UnicodeDecodeError as cause:
        raise DataError(f"{path} is no text in UTF-8: {cause}; save it as UTF-8") from cause


def _write_csv(rows: Path, out: Path) -> None:
    """Turns the parquet file `rows` into the CSV file `out`, which appears when it is complete."""
    draft = out.with_name(f".{out.name}.draft")
    try:
        with pq.ParquetFile(rows) as file, pc.CSVWriter(draft, file.schema_arrow) as writer:
            for batch in file.iter_batches():
                writer.write_batch(batch)
        draft.replace(out)
    finally:
        for path in (rows, draft):
            path.unlink(missing_ok=True)


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
