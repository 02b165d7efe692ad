"""A table of embeddings whose rows several processes can share out among them.

Letters in shapes: V rows, D dim, N processes.
"""

from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from seqrec_library_sharding.row_exchange import RowExchange
from seqrec_library_sharding.sharded_rows import ShardedRows

__all__ = ["ShardedTable", "answer_others", "names_of", "sharded_tables", "share_out"]


class ShardedTable(nn.Embedding):
    """A table (V, D): `nn.Embedding`, until `share_out` leaves this process a share of its rows.

    Process p of N then holds the rows p, p + N, p + 2 N, …, and so do gradients and whatever an
    optimiser keeps of each row. Each lookup is a question to all processes: all of them look up
    equally often in training, and in evaluation `answer_others` before they meet elsewhere. The
    gradient of a row is the mean over processes, as DistributedDataParallel makes it.
    """

    weight: nn.Parameter
    exchange: RowExchange | None = None
    number = 0

    @property
    def is_shared(self) -> bool:
        """Whether this process has a share of the rows only."""
        return self.exchange is not None

    def forward(self, ids: Tensor) -> Tensor:
        """Embeddings (..., D) of ids (...); IndexError for ids without a row."""
        if self.exchange is None:
            embeddings: Tensor = super().forward(ids)
            return embeddings
        distinct, places = ids.unique(return_inverse=True)
        return F.embedding(places, self.look_up(distinct))

    def look_up(self, distinct: Tensor) -> Tensor:
        """Rows (n, D) of ascending distinct ids (n,) of a table that is shared out."""
        if len(distinct) and not 0 <= int(distinct[0]) <= int(distinct[-1]) < self.num_embeddings:
            first, last = int(distinct[0]), int(distinct[-1])
            raise IndexError(f"ids from {first} to {last} in a table of {self.num_embeddings} rows")
        rows: Tensor = _LookedUp.apply(  # type: ignore[no-untyped-call]
            self.weight, distinct.long(), self, torch.is_grad_enabled()
        )
        return rows

    def without(self, row: int) -> Tensor:
        """All rows but one; of a table that is shared out something that gives some at a time."""
        if self.exchange is not None:
            rows = ShardedRows(self.look_up, self.num_embeddings, self.weight, row)
            return cast("Tensor", rows)
        if row == self.num_embeddings - 1:
            return self.weight[:-1]
        return torch.cat([self.weight[:row], self.weight[row + 1 :]])

    def own(self, whole: Tensor) -> Tensor:
        """A copy of those rows of a whole (V, ...) that are this process's."""
        exchange = self.exchange
        return whole if exchange is None else whole[exchange.rank :: exchange.size].clone()


class _LookedUp(torch.autograd.Function):
    """Rows of a table that is shared out; backward takes the gradients to where the rows are."""

    @staticmethod
    def forward(
        ctx: Any, weight: Tensor, ids: Tensor, table: ShardedTable, is_training: bool
    ) -> Tensor:
        exchange = cast("RowExchange", table.exchange)
        ctx.question = exchange.ask(ids, table.number, together=is_training)
        ctx.table = table
        return exchange.answers(ctx.question)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        table, exchange = ctx.table, ctx.table.exchange
        rows, values = exchange.give_back(ctx.question, gradient)
        values /= exchange.size
        padding = table.padding_idx
        if padding is not None and padding % exchange.size == exchange.rank:
            values[rows == padding // exchange.size] = 0
        if table.sparse:
            total = torch.sparse_coo_tensor(
                rows[None], values, table.weight.shape, check_invariants=False
            )
        else:
            total = torch.zeros_like(table.weight).index_add_(0, rows, values)
        return total, None, None, None


def sharded_tables(model: nn.Module, *, shared: bool = True) -> dict[str, ShardedTable]:
    """The tables of a model that are shared out, or those that could be, each by its first name."""
    tables = {n: part for n, part in model.named_modules() if isinstance(part, ShardedTable)}
    return {name: table for name, table in tables.items() if table.is_shared or not shared}


def names_of(table: ShardedTable, model: nn.Module) -> list[str]:
    """Every name of a table in a model, which may have it in several places."""
    parts = model.named_modules(remove_duplicate=False)
    return [name for name, part in parts if part is table]


@torch.no_grad()
def share_out(model: nn.Module, device: torch.device) -> dict[str, ShardedTable]:
    """Shares out the rows of a model's tables, as the first process has them; the tables by name.

    All processes of torch's default group call it once they have joined it. Rows travel by way of
    `device`, some at a time. What is shared out already stays so.
    """
    tables = sharded_tables(model, shared=False)
    if not tables or sharded_tables(model):
        return tables
    exchange = RowExchange(device)
    for table in tables.values():
        table.number = exchange.add(table.weight)
        table.weight.data = exchange.deal(table.weight.detach())
        table.exchange = exchange
    return tables


def answer_others(model: nn.Module) -> None:
    """Answers what other processes look up, until none has anything left to look up."""
    for table in list(sharded_tables(model).values())[:1]:  # all have one exchange
        cast("RowExchange", table.exchange).answer_others()
