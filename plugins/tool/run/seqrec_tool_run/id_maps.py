"""The maps of a data folder between ids of batches and those of the data."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from seqrec_core.errors import DataError


class UserIds:
    """The map from query ids to the users of the data, as users.parquet holds it.

    `queries` (N,) are query ids in any order, `external` the users of the data in the same one.
    """

    def __init__(self, queries: np.ndarray, external: pa.Array) -> None:
        self._order = np.argsort(queries)
        self._queries = queries[self._order]
        self.external = external

    @classmethod
    def read(cls, path: Path) -> "UserIds":
        """The map in a file; DataError if there is none."""
        table = read_ids(path, ["query_id", "user"])
        return cls(table["query_id"].to_numpy(), table["user"].combine_chunks())

    def external_of(self, queries: np.ndarray) -> pa.Array:
        """Users (N,) of query ids (N,); DataError for an id that the map lacks."""
        places = np.searchsorted(self._queries, queries).clip(max=len(self._queries) - 1)
        unknown = self._queries[places] != queries
        if unknown.any():
            raise DataError(
                f"users.parquet has no query_id {queries[unknown][0]}, which predict.parquet holds"
                "; prepare both together with `seqrec data prepare`"
            )
        return self.external.take(pa.array(self._order[places]))


def read_ids(path: Path, columns: list[str]) -> pa.Table:
    """Columns of an id map; DataError when the file or a column is missing."""
    if not path.is_file():
        raise DataError(f"{path} is missing; make the folder with `seqrec data prepare`")
    missing = sorted(set(columns) - set(pq.read_schema(path).names))
    if missing:
        raise DataError(f"{path}: column {missing[0]!r} is missing; prepare the data again")
    return pq.read_table(path, columns=columns)
