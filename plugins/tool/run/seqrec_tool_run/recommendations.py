"""Writes recommendations with the ids of the data, a batch at a time."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from seqrec_library_kernels.ranking import check_catalogue, recommend
from torch import Tensor

from seqrec_core.contracts import Batch, InferenceOutput, PostprocessorProto
from seqrec_tool_run.id_maps import UserIds

COLUMNS = ["user", "item", "rank", "score"]
ROWS = 200_000  # of one row group


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
        self._draft = path.with_name(f".{path.name}.draft")
        self._tables: list[pa.Table] = []
        self._writer: pq.ParquetWriter | None = None

    def __enter__(self) -> Self:
        """Opens the file."""
        user = pa.int64() if self.users is None else self.users.external.type
        types = (user, self.items.type, pa.int32(), pa.float32())
        self._writer = pq.ParquetWriter(self._draft, pa.schema(zip(COLUMNS, types, strict=True)))
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Completes the file, or leaves no half of it behind."""
        if kind is None:
            self._flush()
        if self._writer is not None:
            self._writer.close()
            self._writer = None
        if kind is None:
            self._draft.replace(self.path)
        else:
            self._draft.unlink(missing_ok=True)

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
        queries = batch[self.query_column].flatten().cpu().numpy()[users]
        columns = [
            pa.array(queries) if self.users is None else self.users.external_of(queries),
            self.items.take(pa.array(top.items.cpu().numpy()[is_item])),
            pa.array((places + 1).astype(np.int32)),
            pa.array(top.scores.float().cpu().numpy()[is_item]),
        ]
        self._tables.append(pa.table(columns, names=COLUMNS))
        if sum(table.num_rows for table in self._tables) >= ROWS:
            self._flush()

    def _flush(self) -> None:
        if self._tables and self._writer is not None:
            table = pa.concat_tables(self._tables)
            self._writer.write_table(table, row_group_size=ROWS)
            self.rows += table.num_rows
            self._tables = []
