"""`seqrec predict`: recommendations of a bundle, with the ids of the data."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import torch
from rich.console import Console
from rich.table import Table

from seqrec_core.errors import DataError, SeqrecError
from seqrec_core.terminal import table
from seqrec_tool_run.assembly import Assembly
from seqrec_tool_run.id_maps import UserIds, read_ids
from seqrec_tool_run.recommendations import RecommendationWriter

SAMPLE = 5  # users shown


def predict(
    path: Path,
    data: Path | None,
    out: Path,
    top_k: int,
    candidates: Path | None,
    keep_seen: bool,
    console: Console,
) -> None:
    """Writes the best items of each user of the predict split; those not filtered out.

    Raises SeqrecError when `out` is a folder.
    """
    if out.is_dir():
        raise SeqrecError(f"{out} is a folder; name a file, such as {out / 'top.parquet'}")
    out.parent.mkdir(parents=True, exist_ok=True)
    _, assembly = Assembly.of_bundle(path, data)
    items = read_ids(assembly.folder.items, ["item"])["item"].combine_chunks()
    if candidates is not None:
        assembly.trainer.module.candidates_to_score = read_candidates(candidates, items)
    writer = RecommendationWriter(
        out,
        UserIds.read(assembly.folder.users),
        items,
        top_k=top_k,
        query_column=assembly.query_column,
        postprocessors=() if keep_seen else assembly.trainer.postprocessors,
    )
    assembly.trainer.predict(assembly.data, writer)
    console.print(_sample(out))
    print(f"{writer.rows:,} recommendations: {out}")


def read_candidates(path: Path, items: pa.Array) -> torch.Tensor:
    """Item ids (C,) of the items that a file names, one a line or as column `item` of parquet.

    Raises DataError for an item that the catalogue `items` lacks, and for one named twice.
    """
    if path.suffix == ".parquet":
        lines = [str(item) for item in read_ids(path, ["item"])["item"].to_pylist()]
    elif path.is_file():
        lines = path.read_text(encoding="utf-8").splitlines()
    else:
        raise DataError(f"{path} is missing; give a file with one item a line")
    ids = {str(item): number for number, item in enumerate(items.to_pylist())}
    numbers: dict[str, int] = {}
    for line, item in enumerate(map(str.strip, lines), start=1):
        if item in numbers:
            raise DataError(f"{path}, line {line}: {item!r} is named twice; name each item once")
        if item and item not in ids:
            raise DataError(f"{path}, line {line}: {item!r} is no item that the model knows")
        if item:
            numbers[item] = ids[item]
    if not numbers:
        raise DataError(f"{path} names no item; give one a line")
    return torch.tensor(list(numbers.values()))


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
