"""The events of a bucket that are kept, as arrays."""

import attrs
import numpy as np
import polars as pl

from seqrec_tool_prepare.catalogue import Catalogue
from seqrec_tool_prepare.timestamps import Clock

__all__ = ["HeldEvents"]


@attrs.frozen
class HeldEvents:
    """Events of users, one user after another, each oldest first.

    `users` (U,) query ids; `lengths` (U,) events of each; `items` (E,) item ids; `times` (E,) exact
    times and `stored` (E,) those that are written, or None; `frame` has the E rows of the bucket.
    """

    users: np.ndarray
    lengths: np.ndarray
    items: np.ndarray
    times: np.ndarray | None
    stored: np.ndarray | None
    frame: pl.DataFrame

    @classmethod
    def of(cls, frame: pl.DataFrame, catalogue: Catalogue, clock: Clock | None) -> "HeldEvents":
        """Those events of a bucket that the core holds."""
        columns = {name: frame[name].to_numpy() for name in ("user", "item")}
        held = catalogue.core.holds(columns["user"], columns["item"])
        users, items = catalogue.ids(columns["user"][held], columns["item"][held])
        query_ids, lengths = np.unique(users, return_counts=True)
        times = frame["timestamp"].to_numpy()[held] if clock else None
        stored = clock.stored(times) if clock and times is not None else None
        return cls(query_ids, lengths, items, times, stored, frame.filter(pl.Series(held)))

    def gaps(self) -> np.ndarray:
        """Time (E,) from the user's event before to each, 0 for the first; unsigned."""
        assert self.stored is not None
        gaps = np.diff(self.stored, prepend=self.stored[:1]).view(np.uint64)
        gaps[np.cumsum(self.lengths) - self.lengths] = 0
        return gaps
