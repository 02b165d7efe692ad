"""Tasks answer each frame; what they cannot read is raised as a fault of the data."""

import pickle

import pytest
from seqrec_engine_spark.preparation.file_parts import TextParts
from seqrec_engine_spark.preparation.part_answers import Partwise, answers_of

from seqrec_core.errors import DataError

PARTS = TextParts(
    *({"file:///log": 0}, {("file:///log", 0): 0, ("file:///log", 100): 2}, ["user"]),
    format="csv",
    separator=",",
    headers={"file:///log": "user"},
)


class Source:
    """A frame of Spark whose single task runs here."""

    def __init__(self, batches):
        self.batches = batches

    def mapInArrow(self, function, schema):  # noqa: N802
        self.answers = [(cell.as_py(),) for b in function(self.batches) for cell in b.column(0)]
        return self

    def collect(self):
        return self.answers


def test_each_frame_is_answered(batches):
    [answer] = answers_of(Source(batches(["a", "b"])), PARTS, len)
    assert answer == 2
    assert pickle.loads(pickle.dumps(Partwise(PARTS, len))).function is len


def test_a_fault_is_raised_where_answers_are_read(batches):
    answers = answers_of(Source(batches(["a", "b,c"])), PARTS, len)
    with pytest.raises(DataError, match=r"^/log, line 2: 2 fields"):
        list(answers)
