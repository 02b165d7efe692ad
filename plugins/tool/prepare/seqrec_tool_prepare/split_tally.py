"""Counts over the splits while they are written."""

from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from seqrec_core.data_folder import SPLITS
from seqrec_tool_prepare.splits import SHORTEST

__all__ = ["Tally"]

_TRUTH = ("validate", "test")


class Tally:
    """Sums over buckets.

    `train_counts` (V,) counts the training events of each item, `train_lengths` the users that
    have 0, 1, 2 … of them. `tied` events share user and timestamp with another one, `repeated`
    ones equal an earlier one in the item as well.
    """

    def __init__(self, num_items: int):
        self.train_counts = np.zeros(num_items, np.int64)
        self.train_lengths = np.zeros(1, np.int64)
        self.short_users = 0
        self.tied = 0
        self.tied_cuts = 0
        self.repeated = 0
        self._users = dict.fromkeys(SPLITS, 0)
        self._without_history = dict.fromkeys(_TRUTH, 0)
        self._truth = {name: np.zeros(num_items, np.int64) for name in _TRUTH}
        self._seen = dict.fromkeys(_TRUTH, 0)

    def add(
        self,
        n: np.ndarray,
        items: np.ndarray,
        times: np.ndarray | None,
        a: np.ndarray,
        b: np.ndarray,
        tables: dict[str, pa.Table],
    ) -> None:
        """Count histories of n (U,) events of items (E,) at exact times (E,), cut at a, b (U,)."""
        self.short_users += int((n < SHORTEST).sum())
        self._without_history["validate"] += int(((a == 0) & (b > a)).sum())
        self._without_history["test"] += int(((b == 0) & (n > b)).sum())
        for name in SPLITS:
            self._users[name] += len(tables[name])
        self.train_counts += self._items(tables["train"], "item_id")
        self.train_lengths = _summed(self.train_lengths, _lengths(tables["train"]))
        for name in _TRUTH:
            self._truth[name] += self._items(tables[name], "ground_truth")
            self._seen[name] += _seen(tables[name], len(self.train_counts))
        if times is not None:
            self.tied_cuts += _tied_cuts(n, times, a, b)
            tied, repeated = _ties(n, items, times)
            self.tied += tied
            self.repeated += repeated

    def splits(self) -> dict[str, dict[str, Any]]:
        """For each split its users and events; for validation and test what is cold in them."""
        cold = self.train_counts == 0
        counts: dict[str, dict[str, Any]] = {
            name: {"users": users} for name, users in self._users.items()
        }
        counts["train"]["events"] = int(self.train_counts.sum())
        for name, truth in self._truth.items():
            counts[name] |= {
                "events": int(truth.sum()),
                "cold_items": int((cold & (truth > 0)).sum()),
                "cold_events": int(truth[cold].sum()),
                "without_history": self._without_history[name],
                "seen_events": self._seen[name],
            }
        return counts

    def _items(self, table: pa.Table, column: str) -> np.ndarray:
        items = table[column].combine_chunks().flatten().to_numpy()
        return np.bincount(items, minlength=len(self.train_counts))


def _seen(table: pa.Table, num_items: int) -> int:
    """Targets that lie in the history of their user."""
    pairs = {}
    for name in ("seen_ids", "ground_truth"):
        lists = table[name].combine_chunks()
        row = np.repeat(np.arange(len(table)), pc.list_value_length(lists).to_numpy())
        pairs[name] = pl.Series(row * num_items + lists.flatten().to_numpy())
    return int(pairs["ground_truth"].is_in(pairs["seen_ids"].implode()).sum())


def _ties(n: np.ndarray, items: np.ndarray, times: np.ndarray) -> tuple[int, int]:
    """Events that share user and time with another one, and those that repeat an earlier one."""
    if not len(times):
        return 0, 0
    user = np.repeat(np.arange(len(n)), n)
    same = (user[1:] == user[:-1]) & (times[1:] == times[:-1])
    tied = np.append(same, False) | np.insert(same, 0, False)
    events = pl.DataFrame({"user": user[tied], "item": items[tied], "time": times[tied]})
    return len(events), len(events) - len(events.unique())


def _lengths(train: pa.Table) -> np.ndarray:
    lengths = pc.list_value_length(train["item_id"]).to_numpy()
    return np.bincount(lengths, minlength=1)


def _summed(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    size = max(len(a), len(b))
    total: np.ndarray = np.pad(a, (0, size - len(a))) + np.pad(b, (0, size - len(b)))
    return total


def _tied_cuts(n: np.ndarray, times: np.ndarray, a: np.ndarray, b: np.ndarray) -> int:
    """Users with a cut between two events of one timestamp."""
    ends = np.cumsum(n)
    tied = np.zeros(len(n), bool)
    for cut in (a, b):
        inside = (cut > 0) & (cut < n)
        behind = (ends - n + cut)[inside]
        tied[inside] |= times[behind] == times[behind - 1]
    return int(tied.sum())
