"""The numbers of ids: which row of a table of ids each of very many values is."""

from itertools import count

import numpy as np
import polars as pl

__all__ = ["IdNumbers"]


class IdNumbers:
    """Rows of ids, looked up by a hash of 64 bits: 12 bytes an id, where a join takes hundreds.

    `ids` are distinct and not null. Different ids have different hashes: of a table where two
    have the same, another hash is taken. A value that is no id has, but for one in 2^64 / ids,
    no number.
    """

    def __init__(self, ids: pl.Series) -> None:
        for seed in count():
            hashes = ids.hash(seed).to_numpy()
            order = np.argsort(hashes)
            self._hashes = hashes[order]
            if not (self._hashes[1:] == self._hashes[:-1]).any():
                break
        self._seed = seed
        self._rows = order.astype(np.uint32)

    def of(self, column: str) -> pl.Expr:
        """The number of each value of a column; null where it is no id."""
        return pl.col(column).map_batches(self.rows, return_dtype=pl.UInt32, is_elementwise=True)

    def rows(self, values: pl.Series) -> pl.Series:
        """The number (E,) of each value; null where it is no id."""
        if not len(self._rows):
            return pl.Series(values.name, [None] * len(values), dtype=pl.UInt32)
        hashes = values.hash(self._seed).to_numpy()
        order = np.argsort(hashes)  # neighbours are found together: several times as fast
        places = np.empty(len(hashes), np.int64)
        places[order] = np.searchsorted(self._hashes[:-1], hashes[order])
        known = self._hashes[places] == hashes
        rows = pl.Series(values.name, self._rows[places])
        return rows if known.all() else rows.set(pl.Series(~known), None)
