"""Candidates of each user, and how they come into batches, whatever the trainer.

Letters in shapes: B users of a batch, C candidates, N pairs of a user and an item, U users.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import torch
from numpy.typing import NDArray

from seqrec_core.contracts import Batch, DataModuleProto
from seqrec_core.errors import DataError
from seqrec_core.vocabulary import Vocabularies
from seqrec_tool_run.id_maps import UserIds

Ids = NDArray[np.int64]
PADDING = -1
EXAMPLES = 3


@attrs.frozen(eq=False)
class UserCandidates:
    """Item ids to score for each query id: queries[i] has items[starts[i] : starts[i + 1]].

    `queries` (U,) are sorted, `starts` are (U + 1,). `source` is the file that names them.
    """

    queries: Ids
    starts: Ids
    items: Ids
    source: Path

    @classmethod
    def of_pairs(cls, queries: Ids, items: Ids, source: Path) -> "UserCandidates":
        """Those of pairs: query ids (N,) and item ids (N,), in any order."""
        order = np.lexsort((items, queries))
        users, starts = np.unique(queries[order], return_index=True)
        return cls(users, np.append(starts, len(items)), items[order], source)

    def of_users(self, queries: torch.Tensor) -> torch.Tensor:
        """Candidates (B, C) of query ids (B, ...), padded by -1 on the right; C is at least 1."""
        ids = queries.flatten().cpu().numpy()
        places, is_there = self._places(ids)
        starts = self.starts[places]
        stops = np.where(is_there, self.starts[places + 1], starts)
        columns = starts[:, None] + np.arange(max(1, (stops - starts).max(initial=0)))
        candidates = self.items.take(columns, mode="clip")
        candidates[columns >= stops[:, None]] = PADDING
        return torch.from_numpy(candidates).to(queries.device)

    def lacking(self, queries: Ids) -> NDArray[np.bool_]:
        """True for query ids (N,) that have no candidates."""
        return ~self._places(queries)[1]

    def _places(self, queries: Ids) -> tuple[Ids, NDArray[np.bool_]]:
        """Where query ids are, and whether they are there at all."""
        places = np.searchsorted(self.queries, queries).clip(max=len(self.queries) - 1)
        return places, self.queries[places] == queries


@attrs.frozen(eq=False)
class CandidateData:
    """A data module whose batches for evaluation hold the candidates of their users.

    They are the column `candidates_to_score` (B, C) of transformed batches that have none, where
    every trainer and whoever ranks looks for them.
    """

    data: DataModuleProto
    candidates: UserCandidates
    query_column: str

    def loaders(self, split: str) -> Sequence[Iterable[Batch]]:
        """Raw batches, as they are."""
        return self.data.loaders(split)

    def transform(self, split: str, batch: Batch) -> dict[str, Any]:
        """The batch as the model takes it; in evaluation with candidates."""
        transformed = self.data.transform(split, batch)
        if split == "train" or transformed.get("candidates_to_score") is not None:
            return transformed
        candidates = self.candidates.of_users(batch[self.query_column])
        return {**transformed, "candidates_to_score": candidates}

    def vocabularies(self) -> Vocabularies:
        """What ids stand for."""
        return self.data.vocabularies()

    def users(self, split: str) -> Ids:
        """Query ids of a split, from one pass over it; DataError where its batches have none."""
        users: list[Ids] = []
        for batch in (batch for loader in self.loaders(split) for batch in loader):
            if self.query_column not in batch:
                raise DataError(
                    f"{split}: batches have no column {self.query_column!r}, so nobody could tell "
                    f"whose candidates are whose; name one list for all users, or add that column"
                )
            users.append(batch[self.query_column].flatten().cpu().numpy())
        return np.unique(np.concatenate(users)) if users else np.empty(0, np.int64)

    def users_without(self, split: str, names: UserIds | None) -> str:
        """Which users of a split have no candidates, in words; empty where all have some.

        Raises DataError where nobody has any.
        """
        return without_candidates(self.candidates, self.users(split), split, names)


def without_candidates(
    candidates: UserCandidates, users: Ids, split: str, names: UserIds | None
) -> str:
    """Which of the query ids (U,) of a split have no candidates, as `users_without` says it."""
    without = users[candidates.lacking(users)]
    if not len(without):
        return ""
    known = without[:EXAMPLES]
    examples = known.tolist() if names is None else names.external_of(known).to_pylist()
    text = (
        f"{split}: {len(without):,} of {len(users):,} users have no candidates in "
        f"{candidates.source}, such as {', '.join(map(repr, examples))}"
    )
    if len(without) == len(users):
        raise DataError(f"{text}; name candidates of the users of this split")
    return text
