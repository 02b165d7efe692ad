"""Columns of user, item, time and rating are found."""

from pathlib import Path

import pytest
from seqrec_tool_prepare.interactions import Interactions, interactions
from seqrec_tool_prepare.tables import open_table

from seqrec_core.errors import DataError


def columns(path: Path, **names: str) -> Interactions:
    return interactions(open_table(path), names)


@pytest.fixture
def log(tmp_path):
    return tmp_path / "log.csv"


def test_columns_of_usual_names_are_found_and_others_named(log):
    log.write_text("MovieId,Date,note,userId\n1,2,3,4\n")
    assert columns(log).columns == {"user": "userId", "item": "MovieId", "timestamp": "Date"}
    assert columns(log, rating="note", user="note").columns["user"] == "note"
    assert columns(log, rating="note").columns["rating"] == "note"


def test_a_missing_column_lists_those_there_and_the_option(log):
    log.write_text("who,item\na,b\n")
    with pytest.raises(DataError, match=r"\['who', 'item'\].*--user"):
        columns(log)
    with pytest.raises(DataError, match=r"no column 'time' for --timestamp.*\['who', 'item'\]"):
        columns(log, user="who", timestamp="time")


def test_one_column_cannot_be_two(log):
    log.write_text("user,item\na,b\n")
    with pytest.raises(DataError, match="'user' is both the user and the item; name another"):
        columns(log, item="user")
