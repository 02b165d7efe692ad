"""Buckets come out of the batches of a task whole, and in order."""

import pickle

import attrs
import numpy as np
import polars as pl
from seqrec_engine_spark.preparation import event_order
from seqrec_engine_spark.preparation.event_order import (
    _buckets_in,
    _Oddities,
    counted_by_joins,
    held_by,
)
from seqrec_tool_prepare.kcore import core_of
from seqrec_tool_prepare.row_numbers import ROW
from seqrec_tool_prepare.timestamps import clocks

FRAME = pl.DataFrame(
    {"bucket": [0, 0, 0, 2, 2], "user": [1, 1, 1, 5, 6], "timestamp": [1, 2, 2, 0, 1]}
    | {ROW: [4, 2, 3, 1, 0]}
)


def test_a_bucket_is_whole_whatever_the_size_of_batches():
    for size in (1, 2, 5):
        buckets = list(_buckets_in(FRAME.to_arrow().to_batches(max_chunksize=size)))
        assert [frame["user"].to_list() for frame in buckets] == [[1, 1, 1], [5, 6]]


def test_events_that_moved_are_counted_by_bucket():
    clock = clocks(pl.Int64(), 1, None)[0]
    answers = _Oddities(clock, 0.0)(FRAME.to_arrow().to_batches(max_chunksize=2))
    orders = [pickle.loads(batch.column(0)[0].as_py())[0] for batch in answers]
    assert [(order.moved, order.first_moved) for order in orders] == [(1, 4), (0, None)]


@attrs.frozen
class Lazy:
    """A frame of Spark: what it joins is done, and noted, each time it is fetched."""

    frame: pl.DataFrame
    done: list
    joins: int = 0

    def join(self, codes, role, how):
        frame = self.frame.join(codes, role, how.removeprefix("left_"))
        return Lazy(frame, self.done, self.joins + 1)

    def selectExpr(self, text):  # noqa: N802
        assert text == "stack(2, 'user', user, 'item', item) AS (role, code)"
        frame = self.frame.unpivot(variable_name="role", value_name="code")
        return Lazy(frame, self.done, self.joins)

    def groupBy(self, *names):  # noqa: N802
        return attrs.evolve(self, frame=self.frame.select(names).group_by(names))

    def count(self):
        return attrs.evolve(self, frame=self.frame.len("count"))

    def toArrow(self):  # noqa: N802
        self.done.append(self.joins)
        return self.frame.to_arrow()


def test_a_round_joins_once_with_users_and_once_with_items(monkeypatch):
    monkeypatch.setattr(event_order, "_frame", lambda spark, frame: frame)
    chain = [(n, n) for n in range(4)] + [(n + 1, n) for n in range(3)]  # dropped from its ends
    square = [(user, item) for user in (7, 8) for item in (8, 9)]
    frame = pl.DataFrame(chain + square, schema=["user", "item"], orient="row")
    events = Lazy(frame, [])
    core = core_of(counted_by_joins(None, events, 9, 10), 9, 10, 2, 2)
    held = held_by(None, events, core)
    assert core.rounds > 2
    assert np.flatnonzero(core.users).tolist() == [7, 8]
    assert sorted(held.frame.rows()) == square
    assert events.done == [0] + [2] * core.rounds
    assert held.joins == 2
