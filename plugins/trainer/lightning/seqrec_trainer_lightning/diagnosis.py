"""Why a number of training is not finite: the data, the weights, a module, the gradients."""

from contextlib import suppress

import torch
from seqrec_library_kernels.answers import Answers
from seqrec_library_kernels.non_finite import Cell, first_cell, first_module, first_parameter
from seqrec_library_kernels.unwrap import unwrap
from torch import nn

from seqrec_core.contracts import Batch, DataModuleProto
from seqrec_core.errors import DataError, SeqrecError

LOWER = "lower trainer.optimizer.lr or set trainer.gradient_clip_val, then start again"
LARGE = 1e4  # weights beyond it have diverged, and overflow soon


class Diagnosis:
    """Looks for the first thing that is not finite, in the order in which a step computes."""

    def __init__(self, model: nn.Module, batch: Batch, data: DataModuleProto) -> None:
        self.model: nn.Module = unwrap(model)
        self.batch = batch
        self.data = data

    def error(self, subject: str, *, runs_again: bool) -> SeqrecError:
        """The error to raise: DataError where the batch is to blame.

        With `runs_again` the model computes the batch a second time, to name the first module.
        """
        module = self._module() if runs_again and self.batch else None
        begins = f"; the first output that is not finite is that of {module!r}" if module else ""
        if (cell := first_cell(self.batch)) is not None:
            return DataError(f"{subject}: {self._place(cell)}{begins}. {_mending(cell)}")
        if (name := first_parameter(self.model)) is not None:
            return SeqrecError(f"{subject}: {name!r} is the first such weight: {LOWER}")
        if (gradient := first_parameter(self.model, gradients=True)) is not None:
            return SeqrecError(f"{subject}: the gradient of {gradient!r} is the first: {LOWER}")
        largest = self._largest_weight()
        if largest > LARGE:
            return SeqrecError(f"{subject}: weights have grown to {largest:.1e}{begins}: {LOWER}")
        return SeqrecError(
            f"{subject}, of finite input and weights{begins or '; every module gave finite output'}"
            ". Look at what is computed there: a logarithm or a quotient of 0, a batch without "
            "targets, or numbers too large for trainer.precision"
        )

    def _module(self) -> str | None:
        """The first module whose output is not finite, where it still computes the batch."""
        was_training = self.model.training
        answers = Answers(self.model.train())
        try:
            return first_module(self.model, lambda: answers(self.batch))
        except Exception:  # what goes wrong here is not what went wrong
            return None
        finally:
            self.model.train(was_training)

    def _place(self, cell: Cell) -> str:
        """Column, query and position of a value, as far as the batch tells."""
        column = cell.name.rpartition(".")[2]
        queries = self.batch.get("query_id")
        row = cell.place[0] if cell.place else 0
        words = [f"row {row} of the batch"]
        if isinstance(queries, torch.Tensor) and queries.dim() == 1 and row < len(queries):
            query = int(queries[row])
            words = [f"query {query}{self._user(query)}"]
        if len(cell.place) > 1:
            words.append(f"position {', '.join(map(str, cell.place[1:]))}")
        return f"{column!r} of {', '.join(words)} is {cell.value}"

    def _user(self, query: int) -> str:
        """The user of a query, in the data's own words."""
        with suppress(DataError, KeyError, ValueError):
            users = self.data.vocabularies().users
            if users is not None:
                place = users.column("query_id").to_pylist().index(query)
                return f" (user {users.column('user')[place].as_py()!r})"
        return ""

    @torch.no_grad()
    def _largest_weight(self) -> float:
        weights = [p for p in self.model.parameters() if p.is_floating_point() and p.numel()]
        return max((float(torch.stack(torch.aminmax(p)).abs().max()) for p in weights), default=0.0)


def _mending(cell: Cell) -> str:
    column = cell.name.rpartition(".")[2]
    return (
        f"Mend that cell of {column!r} in the training data, or leave the row out; if it is "
        "finite there, one of the transforms of `data` makes it so"
    )
