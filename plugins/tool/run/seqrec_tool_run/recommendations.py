"""Writes recommendations with the ids of the data, a batch at a time."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import lightning
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from seqrec_library_kernels.ranking import recommend

from seqrec_core.contracts import PostprocessorProto
from seqrec_tool_run.id_maps import UserIds

ROWS = 200_000  # of one row group


class RecommendationWriter(lightning.Callback):
    """Writes one row a user and item to a parquet file: user, item, rank (from 1), score.

    `users` and `items` map ids to those of the data. Users have fewer than `top_k` rows where
    the postprocessors leave fewer items. The file appears when it is complete.
    """

    def __init__(
        self,
        path: Path,
        users: UserIds,
        items: pa.Array,
        *,
        top_k: int,
        query_column: str = "query_id",
        postprocessors: Sequence[PostprocessorProto] = (),
    ) -> None:
        self.path = path
        self.users = users
        self.items = items
        self.top_k = top_k
        self.query_column = query_column
        self.postprocessors = tuple(postprocessors)
        self.rows = 0
        self._draft = path.with_name(f".{path.name}.draft")
        self._tables: list[pa.Table] = []
        self._writer: pq.ParquetWriter | None = None

    def on_predict_start(self, trainer: lightning.Trainer, *_: Any) -> None:
        """Opens the file."""
        types = (self.users.external.type, self.items.type, pa.int32(), pa.float32())
        names = ("user", "item", "rank", "score")
        self._writer = pq.ParquetWriter(self._draft, pa.schema(zip(names, types, strict=True)))

    def on_predict_batch_end(
        self,
        trainer: lightning.Trainer,
        pl_module: Any,
        outputs: Mapping[str, Any],
        batch: Mapping[str, Any],
        *_: Any,
    ) -> None:
        """Ranks the batch and writes once there are enough rows."""
        top = recommend(
            outputs,
            batch,
            self.top_k,
            stage="on_prediction",
            postprocessors=self.postprocessors,
            candidates=pl_module.candidates_to_score,
        )
        is_item = (top.items >= 0).cpu().numpy()  # (B, K): fewer are left for some users
        users, places = is_item.nonzero()
        queries = batch[self.query_column].flatten().cpu().numpy()
        columns = [
            self.users.external_of(queries[users]),
            self.items.take(pa.array(top.items.cpu().numpy()[is_item])),
            pa.array((places + 1).astype(np.int32)),
            pa.array(top.scores.float().cpu().numpy()[is_item]),
        ]
        self._tables.append(pa.table(columns, names=["user", "item", "rank", "score"]))
        if sum(table.num_rows for table in self._tables) >= ROWS:
            self._flush()

    def on_predict_end(self, trainer: lightning.Trainer, *_: Any) -> None:
        """Completes the file."""
        self._flush()
        self._close()
        self._draft.replace(self.path)

    def on_exception(self, trainer: lightning.Trainer, *_: Any) -> None:
        """Leaves no half of a file behind."""
        self._close()
        self._draft.unlink(missing_ok=True)

    def _flush(self) -> None:
        if self._tables and self._writer is not None:
            table = pa.concat_tables(self._tables)
            self._writer.write_table(table, row_group_size=ROWS)
            self.rows += table.num_rows
            self._tables = []

    def _close(self) -> None:
        if self._writer is not None:
            self._writer.close()
            self._writer = None
