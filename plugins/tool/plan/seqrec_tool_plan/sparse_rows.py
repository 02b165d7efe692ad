"""The rows that imagined row-sparse tensors hold.

An imagined tensor forgets how many rows it has as soon as it is copied or added to another. Here
indices and values are kept beside it, as long as it lives.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from seqrec_library_kernels.torch_internals import FakeTensor, RowSparse, tree_leaves
from torch import Tensor
from torch.utils.weak import WeakTensorKeyDictionary

_aten = torch.ops.aten


class Rows(NamedTuple):
    """Indices (1, M) and values (M, D); each row once where they are merged."""

    indices: Tensor
    values: Tensor
    is_merged: bool = False


class SparseRows:
    """Indices and values of the row-sparse tensors that operations return."""

    def __init__(self) -> None:
        self._rows: Any = WeakTensorKeyDictionary()

    def parts(self, tensor: Tensor) -> tuple[Tensor, ...]:
        """The dense tensors that a tensor consists of: itself, or indices and values."""
        if tensor.layout is not torch.sparse_coo:
            return (tensor,)
        rows = self._of(tensor)
        return () if rows is None else rows[:2]

    def look_up(self, func: Callable[..., Any], args: tuple[Any, ...]) -> Any:
        """The answer of an operation that asks for rows, or sorts them; None for any other."""
        if not args or (rows := self._of(args[0])) is None:
            return None
        if func in RowSparse.indices:
            return rows.indices.detach()
        if func in RowSparse.values:
            return rows.values.detach()
        if func is RowSparse.count:
            return len(rows.values)
        if func is RowSparse.merge:
            result = args[0].clone()
            self._rows[result] = _merged(rows)
            return result
        return rows.is_merged if func is RowSparse.is_merged else None

    def follow(self, func: Callable[..., Any], args: tuple[Any, ...], result: Any) -> None:
        """Takes note of the rows of what an operation returned."""
        if not isinstance(result, Tensor) or result.layout is not torch.sparse_coo:
            return
        if func is RowSparse.make:
            self._rows[result] = Rows(args[3], args[4])
            return
        if func is RowSparse.of_bags:
            gradient, ids = args[:2]
            values = gradient.new_empty(len(ids), gradient.shape[1])
            self._rows[result] = Rows(ids.unsqueeze(0), values)
            return
        sources = [rows for leaf in tree_leaves(args) if (rows := self._of(leaf)) is not None]
        if sources and result not in self._rows:
            self._rows[result] = _rows_of(func, sources)

    def _of(self, value: Any) -> Rows | None:
        is_sparse = isinstance(value, Tensor) and value.layout is torch.sparse_coo
        rows: Rows | None = self._rows.get(value) if is_sparse else None
        return rows


def _rows_of(func: Callable[..., Any], sources: list[Rows]) -> Rows:
    """The rows that an operation makes of others: the same, unless it adds them up."""
    first = sources[0]
    if func is _aten.add.Tensor and len(sources) > 1:
        indices = [rows.indices for rows in sources]
        return Rows(torch.cat(indices, 1), torch.cat([rows.values for rows in sources]))
    if func in (_aten.clone.default, _aten.detach.default):
        return first._replace(values=first.values.contiguous())  # autograd takes it over
    return first._replace(values=torch.empty_like(first.values))


def _merged(rows: Rows) -> Rows:
    """Each row once; as many as there are where the indices are imagined too."""
    is_known = not isinstance(rows.indices, FakeTensor)
    indices = torch.unique(rows.indices, dim=1) if is_known else rows.indices.clone()
    size = (indices.shape[1], *rows.values.shape[1:])
    return Rows(indices, rows.values.new_empty(size), is_merged=True)
