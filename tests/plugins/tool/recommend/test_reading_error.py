"""Errors say where in a history the fault is, to people and to programs."""

import pickle

import pytest
from seqrec_tool_recommend.reading_error import Place, ReadingError, UnknownItemError


@pytest.mark.parametrize(
    ("place", "text"),
    [
        (Place("history 3", number=2), "history 3, place 2: it is wrong"),
        (Place("history 3", "user"), "history 3: it is wrong"),
    ],
)
def test_the_text_begins_with_the_place(place, text):
    error = ReadingError(place, "it is wrong")
    assert (str(error), error.place, error.said) == (text, place, "it is wrong")


def test_it_crosses_processes():
    for error in (ReadingError(Place("h"), "wrong"), UnknownItemError(Place("h", number=1), "x")):
        other = pickle.loads(pickle.dumps(error))
        assert (type(other), str(other), vars(other)) == (type(error), str(error), vars(error))
