"""What stands for all rows of a table that is shared out, and gives some at a time."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NoReturn

import torch
from torch import Tensor
from torch.nn import functional as F

from seqrec_core.errors import SeqrecError

__all__ = ["ShardedRows", "WholeTableError"]

TILE_BYTES = 64 << 20
"""Bytes of rows that are held at once."""


class WholeTableError(SeqrecError):
    """Somebody wants all rows at once of a table that is shared out."""


class ShardedRows:
    """Takes the place of a tensor (V, D) without gradients: has its sizes, and gives slices.

    Slices of rows come from the processes that have them, in evaluation only. `F.linear` with it
    goes by such slices. Raises WholeTableError for whatever else is done with it.

    `look_up` gives rows of ascending ids, `rows` is how many the table has, the one `left_out`
    included, and `own` are those of this process.
    """

    def __init__(
        self, look_up: Callable[[Tensor], Tensor], rows: int, own: Tensor, left_out: int
    ) -> None:
        self._rows_of = look_up
        self._left_out = left_out
        self._held: tuple[int, Tensor] = 0, own.detach()[:0]
        self.shape = torch.Size((rows - 1, own.size(1)))
        self.dtype, self.device = own.dtype, own.device
        self.ndim = 2

    def __len__(self) -> int:
        return self.shape[0]

    def size(self, dim: int | None = None) -> Any:
        """Sizes, as those of a tensor."""
        return self.shape if dim is None else self.shape[dim]

    def dim(self) -> int:
        """2, as of a tensor."""
        return self.ndim

    def detach(self) -> "ShardedRows":
        """Itself: it has no gradient."""
        return self

    def __getitem__(self, rows: object) -> Tensor:
        """Some rows (n, D) from first to last; those of a large part are kept till the next."""
        if not isinstance(rows, slice) or torch.is_grad_enabled():
            self._refuse("what wants rows in training, or others than a slice,")
        first, last, step = rows.indices(len(self))
        if step != 1:
            self._refuse(f"a slice of step {step}")
        start, held = self._held
        if first >= last:
            return held[:0]
        if first < start or last > start + len(held):
            width = self.shape[1] * self.dtype.itemsize
            end = min(max(last, first + TILE_BYTES // width), len(self))
            self._held = start, held = first, self._look_up(first, end)
        return held[first - start : last - start]

    def tiles(self) -> Iterator[Tensor]:
        """All rows, a part at a time."""
        first = 0
        while first < len(self):
            _ = self[first : first + 1]
            start, held = self._held
            yield held[first - start :]
            first = start + len(held)

    @classmethod
    def __torch_function__(
        cls,
        function: Callable[..., Any],
        types: Sequence[type],
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Tensor:
        """Products with all rows by parts; nothing else."""
        if function is F.linear and len(args) == 2 and isinstance(args[1], cls) and not kwargs:
            return torch.cat([F.linear(args[0], tile) for tile in args[1].tiles()], -1)
        mine = [each for each in (*args, *(kwargs or {}).values()) if isinstance(each, cls)]
        if not mine:
            raise WholeTableError(f"{function.__name__} takes rows of a table that is shared out")
        return mine[0]._refuse(function.__name__)

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("__"):
            raise AttributeError(name)
        self._refuse(f"what calls for their {name!r}")

    def _look_up(self, first: int, last: int) -> Tensor:
        ids = torch.arange(first, last, device=self.device)
        return self._rows_of(ids + (ids >= self._left_out).long())

    def _refuse(self, what: str) -> NoReturn:
        raise WholeTableError(
            f"the rows of the item table are shared out among processes (sharded), and {what} "
            "needs all of them at once: train with a loss of drawn negatives, such as ce_sampled "
            "or bce_sampled, or set model.embedder.sharded to false"
        )
