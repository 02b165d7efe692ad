"""Events are checked, and their users and items counted."""

from pathlib import Path

import polars as pl
import pytest
from seqrec_tool_prepare.interactions import Interactions, interactions
from seqrec_tool_prepare.survey import Survey, survey_events
from seqrec_tool_prepare.tables import open_table

from seqrec_core.errors import DataError

HEADER = "user,item,timestamp,rating\n"
EVENTS = pl.DataFrame({"user": [1, 1, 2], "item": [7, 8, 9], "timestamp": [1, 2, 3]})


def columns(path: Path, **names: str) -> Interactions:
    return interactions(open_table(path), names)


def survey(log: Path, text: str | pl.DataFrame, min_rating: float | None = None) -> Survey:
    """The survey of a new file with the text or the rows."""
    if isinstance(text, pl.DataFrame):
        text.write_parquet(log)
    else:
        log.write_text(text)
    return survey_events(columns(log), min_rating=min_rating)


def fault(log: Path, text: str | pl.DataFrame, min_rating: float | None = None) -> str:
    with pytest.raises(DataError) as caught:
        survey(log, text, min_rating)
    assert str(log) in str(caught.value)
    return str(caught.value)


@pytest.fixture
def log(tmp_path):
    return tmp_path / "log.csv"


@pytest.fixture
def parquet(tmp_path):
    return tmp_path / "log.parquet"


def test_ids_are_counted_in_their_order(log):
    counts = survey(log, HEADER + "10,b,1,5\n9,a,1,5\n10,a,2,5\n\n")
    assert counts.users.select("external", "count").rows() == [(9, 1), (10, 2)]
    assert counts.items.select("external", "count").rows() == [("a", 2), ("b", 1)]
    assert (counts.read, counts.below_min_rating) == (3, 0)


def test_text_ids_are_integers_only_where_all_of_them_are(log):
    lines = "".join(f"{n},0{n}\n" for n in range(1, 200))
    counts = survey(log, "user,item\n" + lines + "x,1\n")
    assert counts.users["external"].dtype == pl.String
    assert counts.items["external"].to_list()[:2] == ["01", "010"]


def test_text_ids_are_integers_up_to_64_bits(log):
    counts = survey(log, HEADER + f"{2**63 - 1},7,1,1\n9,7,1,1\n")
    assert counts.users["external"].to_list() == [9, 2**63 - 1]


def test_whole_numbers_written_as_floats_are_these_numbers(log, parquet):
    counts = survey(log, "user,item\n1.0,a\n1,a\n2.0,1.5\n")
    assert counts.users.select("external", "count").rows() == [(1, 2), (2, 1)]
    assert counts.items["external"].to_list() == ["1.5", "a"]
    counts = survey(parquet, pl.DataFrame({"user": [2.0, 1.0], "item": ["1.0", "01"]}))
    assert counts.users["external"].to_list() == [1, 2]
    assert counts.items["external"].to_list() == ["01", "1.0"]


def test_incomplete_events_are_left_out_when_asked_for(log):
    log.write_text(HEADER + "a,x,1,5\n,x,2,5\na,y,NA,5\na,z,3,\na,w,4,nan\na,v,5,1\n")
    counts = survey_events(columns(log), min_rating=2, drop_incomplete=True)
    assert counts.incomplete == {"user": 1, "timestamp": 1, "rating": 2}
    assert (counts.read, counts.below_min_rating) == (6, 1)
    assert counts.items["external"].to_list() == ["x"]
    log.write_text(HEADER + "a,x,1,5\n" * 3 + "a,z,3,\n")
    with pytest.raises(DataError, match=r"line 5: no value.*--drop-incomplete"):
        survey_events(columns(log), min_rating=2)


def test_low_ratings_are_dropped_before_anything_is_counted(log):
    counts = survey(log, "user,item,rating\n1,a,5\n1,b,2\n1,c,3.5\n2,d,1\n", 3.5)
    assert counts.users["external"].to_list() == [1]
    assert counts.items["external"].to_list() == ["a", "c"]
    assert (counts.read, counts.below_min_rating) == (4, 2)


def test_a_header_alone(log):
    assert "a header and no row below it" in fault(log, HEADER)


def test_a_null_id_names_column_and_line(log, parquet):
    assert "column 'user', line 3: no value" in fault(log, HEADER + "a,x,1,5\n,y,2,5\n")
    assert "column 'item', line 4: no value" in fault(log, HEADER + "a,x,1,5\n\na,,2,5\n")
    assert "column 'item', line 2: '' is no id" in fault(log, HEADER + 'a,"",3,5\n')
    frame = pl.DataFrame({"user": [1, None], "item": [1, 2]})
    assert "column 'user', row 2: no value" in fault(parquet, frame)


def test_a_line_with_a_user_and_no_item(tmp_path):
    assert "line 2: no value" in fault(tmp_path / "log.txt", "1 2 3\n2\n3 4\n")


def test_ids_of_an_odd_type(parquet):
    frame = pl.DataFrame({"user": [1.5], "item": [1]})
    assert "column 'user', row 1: 1.5 is no id" in fault(parquet, frame)
    frame = pl.DataFrame({"user": [True], "item": [1]})
    assert "column 'user': ids are integers or strings, not Boolean" in fault(parquet, frame)


def test_a_rating_that_is_none(log):
    message = fault(log, HEADER + "a,x,1,5\na,y,2,good\n", 3)
    assert "column 'rating', line 3: 'good' is not a number" in message
    assert "lower --min-rating" in fault(log, HEADER + "a,x,1,5\n", 9)
    assert "--rating" in fault(log, "user,item\na,x\n", 3)


@pytest.mark.parametrize(
    ("column", "values", "message"),
    [
        ("user", pl.Series([1, 1, 2**63], dtype=pl.UInt64), f"row 3: {2**63} is no id"),
        ("user", ["a", "", "b"], "row 2: '' is no id"),
        ("timestamp", [[1]] * 3, "timestamps are numbers or dates, not List"),
        ("rating", [[1]] * 3, "ratings are numbers, not List"),
    ],
)
def test_odd_columns_of_parquet_are_refused(parquet, column, values, message):
    frame = EVENTS.with_columns(pl.Series(column, values))
    text = fault(parquet, frame, 1 if column == "rating" else None)
    assert f"column '{column}'" in text
    assert message in text
