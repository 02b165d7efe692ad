"""Whole tables of those that are shared out, in the first process, for files."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
from torch import Tensor, nn

from seqrec_library_sharding.sharded_table import ShardedTable, sharded_tables

__all__ = ["whole_rows", "whole_tables"]


@torch.no_grad()
def whole_rows(table: ShardedTable, own: Tensor, folder: Path | None) -> Tensor:
    """Rows (V, ...), in the first process, of those (V / N, ...) that each has; elsewhere none.

    All processes call it. With a folder the rows are those of a file there without a name, which
    the system writes and forgets as it needs memory. OSError where the disk lacks room.
    """
    exchange = table.exchange
    if exchange is None:
        return own
    if exchange.rank:
        exchange.collect(own, None)
        return own[:0]
    shape = (table.num_embeddings, *own.shape[1:])
    whole = _room(torch.Size(shape), own.dtype, folder)
    exchange.collect(own, whole)
    return whole


@contextmanager
def whole_tables(model: nn.Module, folder: Path | None = None) -> Iterator[None]:
    """Has the first process's model hold whole tables, on the CPU; all processes enter it.

    Others are not to touch theirs within.
    """
    tables = sharded_tables(model).values()
    own = [table.weight.data for table in tables]
    try:
        for table in tables:
            whole = whole_rows(table, table.weight.detach(), folder)
            if len(whole):
                table.weight.data = whole
        yield
    finally:
        for table, rows in zip(tables, own, strict=True):
            table.weight.data = rows


def _room(shape: torch.Size, dtype: torch.dtype, folder: Path | None) -> Tensor:
    """A tensor in memory, or in a file of a folder."""
    if folder is None or not shape.numel():
        return torch.empty(shape, dtype=dtype)
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=folder, prefix=".rows-") as file:
        size = shape.numel()
        os.posix_fallocate(file.fileno(), 0, size * dtype.itemsize)  # a full disk is an error here
        return torch.from_file(file.name, shared=True, size=size, dtype=dtype).view(shape)
