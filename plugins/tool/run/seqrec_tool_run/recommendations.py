"""Writes recommendations with the ids of the data, a batch at a time."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import attrs
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray
from seqrec_library_kernels.ranking import check_catalogue, recommend, with_candidates
from torch import Tensor

from seqrec_core.contracts import Batch, InferenceOutput, PostprocessorProto
from seqrec_core.errors import DataError
from seqrec_core.whole_files import whole_file
from seqrec_tool_run.id_maps import UserIds

COLUMNS = ["user", "item", "rank", "score"]
ROWS = 200_000  # of one row group
Ids = NDArray[np.int64]


@attrs.define
class Without:
    """Numbers of users that got nothing, by why that is.

    No candidate of theirs, no finite score, or every item taken out by the postprocessors.
    """

    candidates: int = 0
    scores: int = 0
    filtered: int = 0

    def add(
        self,
        output: InferenceOutput | Mapping[str, Any],
        batch: Batch,
        has_items: NDArray[np.bool_],
        candidates: Tensor | None,
    ) -> None:
        """Adds the users (B,) of a batch that have no items."""
        top = recommend(output, batch, 1, stage="on_prediction", candidates=candidates)
        is_scored = (top.items[:, 0] >= 0).cpu().numpy()
        named = with_candidates(batch, candidates).get("candidates_to_score")
        is_named = np.ones_like(is_scored)
        if named is not None:
            is_named &= (named >= 0).any(-1).cpu().numpy()
        self.candidates += int((~has_items & ~is_named).sum())
        self.scores += int((~has_items & is_named & ~is_scored).sum())
        self.filtered += int((~has_items & is_named & is_scored).sum())

    def __add__(self, other: "Without") -> "Without":
        """Those of both."""
        return Without(
            self.candidates + other.candidates,
            self.scores + other.scores,
            self.filtered + other.filtered,
        )

    def lines(self) -> Iterator[str]:
        """What to tell a person, a line for each reason."""
        if self.candidates:
            yield f"{self.candidates:,} users have no candidates"
        if self.filtered:
            yield (
                f"{self.filtered:,} users have no items left after the postprocessors; keep seen "
                "items by --keep-seen, or look at the column seen_ids"
            )
        if self.scores:
            yield (
                f"{self.scores:,} users have no finite score, so that nothing can be recommended; "
                "look at their histories"
            )


class RecommendationWriter:
    """Writes one row a user and item to a parquet file: user, item, rank (from 1), score.

    `users` and `items` map ids to those of the data; None leaves them as they are. Users have fewer
    than `top_k` rows where the postprocessors leave fewer items. Around a prediction it is a
    context: the file appears when that is complete, and does not where it fails.
    """

    def __init__(
        self,
        path: Path,
        users: UserIds | None,
        items: pa.Array,
        *,
        top_k: int,
        query_column: str = "query_id",
        postprocessors: Sequence[PostprocessorProto] = (),
        candidates: Tensor | None = None,
    ) -> None:
        self.path = path
        self.users = users
        self.items = items
        self.top_k = top_k
        self.query_column = query_column
        self.postprocessors = tuple(postprocessors)
        self.candidates = candidates
        self.rows = 0
        self.without = Without()
        self._queries: list[Ids] = []
        self._file = ExitStack()
        self._tables: list[pa.Table] = []
        self._writer: pq.ParquetWriter | None = None

    def __enter__(self) -> Self:
        """Opens the file."""
        user = pa.int64() if self.users is None else self.users.external.type
        types = (user, self.items.type, pa.int32(), pa.float32())
        schema = pa.schema(zip(COLUMNS, types, strict=True))
        with ExitStack() as stack:
            draft = stack.enter_context(whole_file(self.path))
            self._writer = stack.enter_context(pq.ParquetWriter(draft, schema))
            self._file = stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Completes the file, or leaves no half of it behind; DataError for users there twice."""
        if error is not None:
            self._file.__exit__(kind, error, trace)
            return
        with self._file:
            check_users(self._queries, self.users, self.query_column)
            self._flush()

    @property
    def users_seen(self) -> int:
        """Number of users so far, those without recommendations included."""
        return sum(map(len, self._queries))

    @property
    def queries(self) -> Ids:
        """Query ids of the users so far."""
        return joined(self._queries)

    def update(self, batch: Batch, output: InferenceOutput | Mapping[str, Any]) -> None:
        """Ranks the batch and writes once there are enough rows."""
        top = recommend(
            output,
            batch,
            self.top_k,
            stage="on_prediction",
            postprocessors=self.postprocessors,
            candidates=self.candidates,
        )
        check_catalogue(top, len(self.items))
        is_item = (top.items >= 0).cpu().numpy()  # (B, K): fewer are left for some users
        users, places = is_item.nonzero()
        queries = self._users_of(batch, len(is_item))
        if not is_item.any(1).all():
            self.without.add(output, batch, np.asarray(is_item.any(1)), self.candidates)
        queries = queries[users]
        columns = [
            pa.array(queries) if self.users is None else self.users.external_of(queries),
            self.items.take(pa.array(top.items.cpu().numpy()[is_item])),
            pa.array((places + 1).astype(np.int32)),
            pa.array(top.scores.float().cpu().numpy()[is_item]),
        ]
        self._tables.append(pa.table(columns, names=COLUMNS))
        if sum(table.num_rows for table in self._tables) >= ROWS:
            self._flush()

    def _users_of(self, batch: Batch, size: int) -> Ids:
        """Query ids (B,) of the users of a batch; DataError unless there is one for each."""
        if self.query_column not in batch:
            raise DataError(
                f"predict: batches have no column {self.query_column!r}, so nobody could tell "
                "whose recommendations are whose; add that column to the data"
            )
        queries: Ids = batch[self.query_column].flatten().cpu().numpy()
        if len(queries) != size:
            raise DataError(
                f"predict: a batch of {size} users has {len(queries)} values of "
                f"{self.query_column!r}; give one id for each user"
            )
        check_users([queries], self.users, self.query_column)
        self._queries.append(queries)
        return queries

    def _flush(self) -> None:
        if self._tables and self._writer is not None:
            table = pa.concat_tables(self._tables)
            self._writer.write_table(table, row_group_size=ROWS)
            self.rows += table.num_rows
            self._tables = []


def joined(queries: Sequence[Ids]) -> Ids:
    """Query ids of several batches as one array."""
    return np.concatenate(queries) if queries else np.empty(0, np.int64)


def check_users(queries: Sequence[Ids], users: UserIds | None, query_column: str) -> None:
    """Raises DataError for a user that is there twice."""
    ordered = np.sort(joined(queries))
    twice = ordered[1:][ordered[1:] == ordered[:-1]]
    if len(twice):
        known = twice[:1] if users is None else users.external_of(twice[:1])
        raise DataError(
            f"predict: the {query_column} {twice[0]} (user {known.tolist()[0]!r}) is "
            f"there more than once, as are {len(np.unique(twice)) - 1:,} others; give each "
            "user one row in this split"
        )
