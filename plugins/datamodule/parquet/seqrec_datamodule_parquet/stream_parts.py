"""Streams in parts that any process can read: runs of batches, as a loader would give them."""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from seqrec_datamodule_parquet.dataset import ParquetDataset

__all__ = ["StreamPart", "parts_of"]

ROWS = 4096  # of a part, at least
OFTEN = 4  # times that a row group is read, at most, and once more at each end


class StreamPart(NamedTuple):
    """The batches of the stream number `stream` from `first` to before `stop`."""

    stream: int
    first: int
    stop: int


def parts_of(streams: Sequence[ParquetDataset]) -> list[StreamPart] | None:
    """The parts of streams in order; each batch is in one. None where rows are shuffled.

    A part is a run of windows, since batches of similar lengths are cut from a window of rows: so
    its rows are those of the loader, in the same order. It has as many rows as a quarter of the
    largest row group, whose parts each read it.
    """
    if any(stream.seed is not None for stream in streams):
        return None
    return [part for number, stream in enumerate(streams) for part in _parts(number, stream)]


def _parts(number: int, stream: ParquetDataset) -> list[StreamPart]:
    least = max(ROWS, max(group.rows for group in stream.source.groups) // OFTEN)
    ends, rows = [0], 0
    windows = stream.windows()
    for window in windows:
        rows += window.rows
        if rows >= least or window is windows[-1]:
            ends.append(window.first_batch + len(window.sizes))
            rows = 0
    return [StreamPart(number, *each) for each in pairwise(ends)]
