"""Histories of users as rows with list columns: one table for each split."""

import attrs
import numpy as np
import pyarrow as pa

__all__ = ["Histories"]


@attrs.frozen
class Histories:
    """Events of users, one user after another, each oldest first.

    `users` (U,) query ids; `lengths` (U,) events of each; `items` (E,) item ids; `times` (E,)
    as they are written, or None; `features` maps names of side features of items to values (V,),
    `event_features` those of events to (E,), `user_features` those of users to (all users,). Where
    `last` is not None, it is the time at which the rows of predict are asked; other rows are asked
    at the time of their first target, in training of their last event.
    """

    users: np.ndarray
    lengths: np.ndarray
    items: np.ndarray
    times: np.ndarray | None
    features: dict[str, pa.Array]
    event_features: dict[str, pa.Array] = attrs.field(factory=dict)
    user_features: dict[str, pa.Array] = attrs.field(factory=dict)
    last: int | None = None

    def split(self, a: np.ndarray, b: np.ndarray) -> dict[str, pa.Table]:
        """The table of each of SPLITS, for histories cut at a and b (U,).

        Users without an event in a split, or without history before it, are not in its table.
        """
        n = self.lengths
        return {
            "train": self._rows(a > 0, a, asked=a - 1),
            "validate": self._rows((a > 0) & (b > a), a, truth_until=b, train_until=a),
            "test": self._rows((b > 0) & (n > b), b, truth_until=n, train_until=a),
            "predict": self._rows(n > 0, n, seen=True),
        }

    def _rows(
        self,
        held: np.ndarray,
        until: np.ndarray,
        *,
        asked: np.ndarray | None = None,
        truth_until: np.ndarray | None = None,
        train_until: np.ndarray | None = None,
        seen: bool = False,
    ) -> pa.Table:
        zero = np.zeros_like(until)
        history = self._places(held, zero, until)
        offsets = _offsets(until[held])
        items = self.items[history]
        columns = {"query_id": pa.array(self.users[held]), "item_id": _lists(offsets, items)}
        if self.times is not None:
            columns["timestamp"] = _lists(offsets, self.times[history])
        for name, values in self.features.items():
            columns[name] = _lists(offsets, values.take(pa.array(items)))
        for name, values in self.event_features.items():
            columns[name] = _lists(offsets, values.take(pa.array(history)))
        for name, values in self.user_features.items():
            columns[name] = values.take(pa.array(self.users[held]))
        if self.last is not None:
            place = until if asked is None and not seen else asked
            columns["request_time"] = self._asked(held, place)
        if truth_until is not None and train_until is not None:
            truth = self.items[self._places(held, until, truth_until)]
            train = self.items[self._places(held, zero, train_until)]
            columns["ground_truth"] = _lists(_offsets((truth_until - until)[held]), truth)
            columns["train"] = _lists(_offsets(train_until[held]), train)
        if seen or truth_until is not None:
            columns["seen_ids"] = columns["item_id"]
        return pa.table(columns)

    def _asked(self, held: np.ndarray, place: np.ndarray | None) -> pa.Array:
        """The time at which each held user is asked: that of an event, or the last one of all."""
        assert self.times is not None
        if place is None:
            return pa.array(np.full(held.sum(), self.last, np.int64))
        starts = np.cumsum(self.lengths) - self.lengths
        return pa.array(self.times[(starts + place)[held]])

    def _places(self, held: np.ndarray, begin: np.ndarray, end: np.ndarray) -> np.ndarray:
        """Row numbers of the events [begin, end) of each held user, one user after another."""
        starts = (np.cumsum(self.lengths) - self.lengths + begin)[held]
        lengths = (end - begin)[held]
        offsets = np.cumsum(lengths) - lengths
        return np.repeat(starts - offsets, lengths) + np.arange(lengths.sum())


def _offsets(lengths: np.ndarray) -> pa.Array:
    return pa.array(np.concatenate([[0], np.cumsum(lengths)]), pa.int32())


def _lists(offsets: pa.Array, values: np.ndarray | pa.Array) -> pa.Array:
    return pa.ListArray.from_arrays(offsets, pa.array(values))
