"""Rounds in which processes ask each other for rows.

A round is the same for all, whatever each of them asks for: how many rows each wants of each, the
numbers of these rows, the rows. Who has nothing to ask answers. So processes may be at different
places of an evaluation, or at its end.

Letters in shapes: N processes, n rows that this process asks for, m rows that others ask of it.
"""

from typing import NamedTuple

import torch
from torch import Tensor, distributed

__all__ = ["Question", "RowExchange"]

TILE_BYTES = 64 << 20
"""Bytes of rows that travel at once where whole tables do."""
_NOTHING = -1  # the number of no table


class Question(NamedTuple):
    """What this process asks for in a round, and what is asked of it.

    `order` (n,) sorts what it asks for by owner, `sent` and `received` are how many rows it asks
    of each, and each asks of it. `rows` (m,) are the places of these in its share, `tables` the
    table that each process looks at.
    """

    order: Tensor
    sent: list[int]
    received: list[int]
    rows: Tensor
    tables: list[int]
    table: int


class RowExchange:
    """Rows of tables, row r with process r mod N, and their gradients, between all processes."""

    def __init__(self, device: torch.device) -> None:
        self.device = device
        self.rank, self.size = distributed.get_rank(), distributed.get_world_size()
        self.group = distributed.new_group()  # rounds never mix with what others send
        self._weights: list[Tensor] = []

    def add(self, weight: Tensor) -> int:
        """The number of a further table, which all processes add in the same order."""
        self._weights.append(weight)
        return len(self._weights) - 1

    def ask(self, ids: Tensor, table: int, *, together: bool = False) -> Question:
        """The first half of a round: who wants what; `together`, of the same table."""
        question = self._ask(ids, table)
        if together and set(question.tables) != {table}:
            raise RuntimeError("processes look up different tables in one step of training")
        return question

    def answers(self, question: Question) -> Tensor:
        """The second half: the rows (n, D), in the order of the ids."""
        rows = self._send_rows(question)
        return torch.empty_like(rows).index_copy_(0, question.order, rows)

    def give_back(self, question: Question, gradient: Tensor) -> tuple[Tensor, Tensor]:
        """Takes gradients (n, D) of answers to the owners: places (m,) in the share and (m, D)."""
        values = gradient.new_empty(sum(question.received), gradient.size(1))
        outgoing = gradient.index_select(0, question.order)
        self._swap(values, outgoing, question.received, question.sent)
        return question.rows, values

    def answer_others(self) -> None:
        """Takes part in rounds, asking nothing, until nobody asks."""
        nothing = torch.empty(0, dtype=torch.int64, device=self._weights[0].device)
        while set((question := self._ask(nothing, _NOTHING)).tables) != {_NOTHING}:
            self._send_rows(question)

    def deal(self, whole: Tensor) -> Tensor:
        """Rows of this process, of the first process's table (V, D)."""
        own = whole[self.rank :: self.size].clone()
        for process in range(1, self.size):
            if self.rank == 0:
                for tile in _tiles(whole[process :: self.size]):
                    distributed.send(tile.to(self.device).contiguous(), process, self.group)
            elif self.rank == process:
                for tile in _tiles(own):
                    tile.copy_(self._receive(tile, 0))
        return own

    def collect(self, own: Tensor, whole: Tensor | None) -> None:
        """Puts the rows that processes have into a whole (V, ...) of the first one."""
        for process in range(1, self.size):
            if whole is not None:
                for tile in _tiles(whole[process :: self.size]):
                    tile.copy_(self._receive(tile, process))
            elif self.rank == process:
                for tile in _tiles(own):
                    distributed.send(tile.to(self.device).contiguous(), 0, self.group)
        if whole is not None:
            whole[0 :: self.size].copy_(own)

    def _receive(self, like: Tensor, process: int) -> Tensor:
        tile = torch.empty(like.shape, dtype=like.dtype, device=self.device)
        distributed.recv(tile, process, self.group)
        return tile

    def _ask(self, ids: Tensor, table: int) -> Question:
        owners = ids % self.size
        order = owners.argsort(stable=True)
        counts = torch.bincount(owners, minlength=self.size)
        head = torch.cat([counts, counts.new_tensor([table])])
        heads = head.new_empty(self.size * len(head))
        distributed.all_to_all_single(heads, head.repeat(self.size), group=self.group)
        (*sent, _), all_heads = head.tolist(), heads.view(self.size, -1).tolist()
        received = [each[self.rank] for each in all_heads]
        rows = ids.new_empty(sum(received))
        self._swap(rows, ids[order] // self.size, received, sent)
        return Question(order, sent, received, rows, [each[-1] for each in all_heads], table)

    def _send_rows(self, question: Question) -> Tensor:
        """What this process asked for, (n, D), by owner; others get what they asked for."""
        asked = question.rows.split(question.received)
        parts = [
            self._weights[table].detach()[rows].flatten()
            for table, rows in zip(question.tables, asked, strict=True)
            if len(rows)
        ]
        kind = self._weights[max(question.table, 0)]
        flat = torch.cat(parts) if parts else kind.detach().new_empty(0)
        dims = [self._weights[max(table, 0)].size(1) for table in question.tables]
        outgoing = [count * dim for count, dim in zip(question.received, dims, strict=True)]
        rows = flat.new_empty(sum(question.sent), kind.size(1))
        incoming = [count * kind.size(1) for count in question.sent]
        distributed.all_to_all_single(rows.view(-1), flat, incoming, outgoing, self.group)
        return rows

    def _swap(self, to: Tensor, sent: Tensor, received: list[int], counts: list[int]) -> None:
        """Sends so many entries of `sent` to each process, and takes so many of each."""
        distributed.all_to_all_single(to, sent.contiguous(), received, counts, self.group)


def _tiles(rows: Tensor) -> tuple[Tensor, ...]:
    """The rows in parts that travel at once; the same for shares of equal size."""
    width = max(rows[:1].numel(), 1) * rows.element_size()
    return rows.split(max(TILE_BYTES // width, 1)) if len(rows) else ()
