"""Columns are chosen by their names, and what else would do is said."""

import pytest
from seqrec_tool_prepare.column_choice import choose_columns, runs_backwards
from seqrec_tool_prepare.tables import open_table

NONE = dict.fromkeys(("user", "item", "timestamp", "rating"))


@pytest.fixture
def table(tmp_path):
    def write(text):
        (tmp_path / "log.csv").write_text(text)
        return open_table(tmp_path / "log.csv")

    return write


def test_a_column_of_one_value_is_passed_over_where_another_would_do(table):
    choice = choose_columns(table("userId,sessionId,itemId\nNA,1,7\n,2,8\nNA,2,9\n"), NONE)
    assert choice.columns == {"user": "sessionId", "item": "itemId"}
    assert choice.constant == ("userId",)
    choice = choose_columns(table("userId,item\n5,7\n5,8\n"), NONE)
    assert choice.columns["user"] == "userId"


def test_a_column_that_is_named_is_taken_whatever_it_holds(table):
    choice = choose_columns(
        table("userId,sessionId,itemId\nNA,1,7\nNA,2,8\n"), NONE | {"user": "userId"}
    )
    assert choice.columns["user"] == "userId"
    assert choice.others == {"user": ("sessionId",)}


@pytest.mark.parametrize(
    ("names", "time", "others"),
    [
        ("timestamp,eventdate", "timestamp", ("eventdate",)),
        ("last_watch_dt,total_dur", "last_watch_dt", ()),
        ("time_stamp,x", "time_stamp", ()),
        ("eventdate,timeframe", "eventdate", ("timeframe",)),
        ("unixReviewTime,x", "unixReviewTime", ()),
        ("viewed_at,bought_at", None, ("viewed_at", "bought_at")),
        ("created_at,updated_at", "created_at", ("updated_at",)),
        ("release_date,runtime", None, ("release_date", "runtime")),
        ("format,category", None, ()),
    ],
)
def test_a_time_is_chosen_where_its_name_leaves_no_doubt(table, names, time, others):
    choice = choose_columns(table(f"user,item,{names}\n1,7,1,1\n2,8,2,2\n"), NONE)
    assert choice.columns.get("timestamp") == time
    assert choice.others.get("timestamp", ()) == others
    assert (
        "timestamp"
        not in choose_columns(
            table("user,item,created_at\n1,7,1\n2,8,2\n"), NONE, guess_time=False
        ).columns
    )


@pytest.mark.parametrize(
    ("times", "backwards"), [("9,5,3", True), ("10,9,8", True), ("8,9,10", False), ("1,1,1", False)]
)
def test_rows_that_run_backwards_are_seen_within_users(table, times, backwards):
    rows = "".join(f"{user},{time}\n" for user in "ab" for time in times.split(","))
    assert runs_backwards(table("user,t\n" + rows), "user", "t") == backwards
