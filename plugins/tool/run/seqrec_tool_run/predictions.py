"""What a prediction wrote, and a sample of it."""

from collections.abc import Iterable
from typing import Any

import attrs
import pyarrow.parquet as pq
from rich.table import Table

from seqrec_core.terminal import table

__all__ = ["Predictions", "choice_of", "sample_of"]

SAMPLE = 5  # users shown


@attrs.frozen
class Predictions:
    """What was written: how many rows, what to say of them, and the first users as a table."""

    rows: int
    notices: tuple[str, ...]
    sample: Table


def choice_of(top_k: int, items: int) -> list[str]:
    """What to say where there are fewer items than asked for."""
    few = f"top-k is {top_k:,}, and there are {items:,} items to choose from"
    return [few] if top_k > items else []


def sample_of(source: Any) -> Table:
    """The first users of a file of recommendations, one row each."""
    sample = table("user", "items, best first (score)")
    lists: dict[str, list[str]] = {}
    for row in _first_rows(source):
        lists.setdefault(str(row["user"]), []).append(f"{row['item']} ({row['score']:.2f})")
    for user, items in list(lists.items())[:SAMPLE]:
        sample.add_row(user, "  ".join(items[:5]))
    return sample


def _first_rows(source: Any) -> Iterable[dict[str, Any]]:
    for batch in pq.ParquetFile(source).iter_batches(batch_size=1024):
        yield from batch.to_pylist()
        return
