"""What all collectors of recommendations share; they differ in the form of the result.

Letters in shapes: N users of the run, B users of a batch, R recommendations.
"""

import abc
from collections.abc import Mapping, Sequence
from typing import Any, Generic, NamedTuple, TypeVar

import torch
from seqrec_library_kernels.ranking import TopItems, recommend
from torch import Tensor

from seqrec_core.contracts import Batch, InferenceOutput, PostprocessorProto

__all__ = ["LongTable", "TopItemsCollector"]

ResultT = TypeVar("ResultT")


class LongTable(NamedTuple):
    """One row a recommendation: users, items and scores, (R,) each, best first for each user."""

    queries: Tensor
    items: Tensor
    scores: Tensor


class TopItemsCollector(abc.ABC, Generic[ResultT]):
    """Collects the `top_k` best items of every user of a prediction run, whatever the trainer.

    Users are the column `query_column` of the batch, or `query_id` where it has no such column.
    Candidates that the batch holds as `candidates_to_score` are ranked in place of the catalogue.
    Each process collects the users that it predicts.
    """

    def __init__(
        self,
        top_k: int,
        query_column: str,
        item_column: str,
        rating_column: str = "rating",
        postprocessors: Sequence[PostprocessorProto] | None = None,
    ) -> None:
        if top_k < 1:
            raise ValueError(f"top_k must be at least 1, got {top_k}")
        self.top_k = top_k
        self.query_column = query_column
        self.item_column = item_column
        self.rating_column = rating_column
        self.postprocessors = tuple(postprocessors or ())
        self._queries: list[Tensor] = []
        self._top: list[TopItems] = []

    def reset(self) -> None:
        """Forgets an earlier run."""
        self._queries.clear()
        self._top.clear()

    def update(self, batch: Batch, output: InferenceOutput | Mapping[str, Any]) -> None:
        """Keeps the best items of one batch, on the device where they are."""
        queries = self._users(batch)
        top = recommend(
            output,
            batch,
            self.top_k,
            stage="on_prediction",
            postprocessors=self.postprocessors,
        )
        self._queries.append(queries)
        self._top.append(top)

    @abc.abstractmethod
    def get_result(self) -> ResultT:
        """Recommendations of all users since the last reset; RuntimeError if there were none."""

    def _users(self, batch: Batch) -> Tensor:
        """Whose recommendations a batch asks for, (B,); KeyError where it does not say."""
        for name in (self.query_column, "query_id"):
            if name in batch:
                users: Tensor = batch[name]
                return users.flatten()
        raise KeyError(
            f"the batch has no column {self.query_column!r} that says whose recommendations these "
            f"are, only {sorted(batch)}; read that column in the predict split"
        )

    def _collected(self) -> tuple[Tensor, Tensor, Tensor]:
        """Users (N,), items (N, k) and scores (N, k) on the CPU; -1 and -inf where none is left."""
        if not self._top:
            raise RuntimeError(
                "nothing was predicted: call trainer.predict with this callback, or update with "
                "each batch"
            )
        items = torch.cat([top.items for top in self._top])
        scores = torch.cat([top.scores for top in self._top])
        return torch.cat(self._queries).long().cpu(), items.cpu(), scores.cpu()

    def _long_table(self) -> LongTable:
        """The recommendations one below the other, without the missing ones."""
        queries, items, scores = self._collected()
        present = items >= 0
        repeated = queries.repeat_interleave(present.sum(1))
        return LongTable(repeated, items[present], scores[present])
