"""Buckets come out of the batches of a task whole, and in order."""

import pickle

import polars as pl
from seqrec_engine_spark.preparation.event_order import _buckets_in, _Oddities
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
