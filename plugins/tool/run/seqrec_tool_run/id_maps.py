"""The map between query ids of batches and the users of the data."""

import numpy as np
import pyarrow as pa

from seqrec_core.errors import DataError


class UserIds:
    """The map from query ids to the users of the data, as a vocabulary holds it.

    `queries` (N,) are query ids in any order, `external` the users of the data in the same one.
    """

    def __init__(self, queries: np.ndarray, external: pa.Array) -> None:
        self._order = np.argsort(queries)
        self._queries = queries[self._order]
        self.external = external

    @classmethod
    def of(cls, users: pa.Table) -> "UserIds":
        """The map in a table with the columns `query_id` and `user`."""
        return cls(users["query_id"].to_numpy(), users["user"].combine_chunks())

    def external_of(self, queries: np.ndarray) -> pa.Array:
        """Users (N,) of query ids (N,); DataError for an id that the map lacks."""
        places = np.searchsorted(self._queries, queries).clip(max=len(self._queries) - 1)
        unknown = self._queries[places] != queries
        if unknown.any():
            raise DataError(
                f"the users of the data (users.parquet) have no query_id {queries[unknown][0]}, "
                "which the split 'predict' holds; prepare both together"
            )
        return self.external.take(pa.array(self._order[places]))
