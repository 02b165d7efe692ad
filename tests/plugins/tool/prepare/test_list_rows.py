"""A row a user with lists is the history of the user."""

import polars as pl
import pytest
from seqrec_tool_prepare.commands import prepare
from seqrec_tool_prepare.list_rows import event_rows
from seqrec_tool_prepare.tables import ROW, open_table

from seqrec_core.errors import DataError


@pytest.fixture
def log(tmp_path):
    """Writes a parquet file of columns."""

    def write(**columns):
        pl.DataFrame(columns).write_parquet(tmp_path / "log.parquet")
        return tmp_path / "log.parquet"

    return write


def test_lists_are_a_row_an_event_that_knows_its_place(log):
    table = open_table(log(user=["a", "b", "c"], item=[[3, 4], [], [5]], tag=["x", "y", "z"]))
    events = event_rows(table, "item", ["tag"])
    frame = events.frame.collect().sort(ROW)
    assert frame.select("user", "item", "tag").rows() == [
        ("a", 3, "x"),
        ("a", 4, "x"),
        ("c", 5, "z"),
    ]
    assert [events.place(row) for row in frame[ROW]] == ["row 1", "row 1", "row 3"]
    assert event_rows(table, "user", []) is table


def test_a_file_of_sequences_is_prepared_by_its_times(log, tmp_path):
    users = pl.Series([7, 8], dtype=pl.UInt32)
    path = log(uid=users, timestamp=[[2, 1], [1, 2]], item_id=[[5, 6]] * 2, price=[[1.0, 3.0]] * 2)
    report = prepare(path, tmp_path / "data", event_features="price:numerical")
    assert report["kept"] == {"users": 2, "items": 2, "events": 4}
    rows = pl.read_parquet(tmp_path / "data" / "predict.parquet")
    assert rows["item_id"].to_list() == [[1, 0], [0, 1]]
    first, second = rows["price"].to_list()
    assert first == second[::-1]


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (
            {"item": [[1], [2, 3]], "timestamp": [[1], [2]]},
            "row 2: .*'item' has 2, 'timestamp' has 1",
        ),
        ({"item": [[1], [2]], "timestamp": [[1], None]}, "column 'timestamp', row 2: no value"),
        ({"item": [[1], [2, None]]}, "column 'item', row 2: no value"),
        ({"item": [[1], None]}, "column 'item', row 2: no value"),
    ],
)
def test_lists_of_other_lengths_and_nulls_are_refused(log, tmp_path, columns, message):
    with pytest.raises(DataError, match=message):
        prepare(log(user=[1, 2], **columns), tmp_path / "data")


def test_a_list_in_the_text_of_a_csv_is_no_id(tmp_path):
    (tmp_path / "log.csv").write_text('user,item\n1,"[1, 2, 3]"\n')
    with pytest.raises(DataError, match=r"line 2: '\[1, 2, 3\]' is no id; write a row an event"):
        prepare(tmp_path / "log.csv", tmp_path / "data")


def test_events_of_a_null_list_are_incomplete_and_empty_lists_are_counted(log, tmp_path, capsys):
    path = log(
        user=[1, 2, 3, 4],
        item=[[7, 8], [7, 8, 9], None, []],
        timestamp=[[1, 2], None, [1], []],
    )
    report = prepare(path, tmp_path / "data", drop_incomplete=True)
    assert [(drop["reason"], drop["events"]) for drop in report["dropped"]] == [
        ("no item", 1),
        ("no timestamp", 3),
    ]
    assert report["kept"] == {"users": 1, "items": 2, "events": 2}
    assert report["source"]["empty_lists"] == 1
    assert "1 row with an empty list of 'item'" in " ".join(capsys.readouterr().out.split())


def test_a_file_whose_lists_are_all_empty_has_no_event(log, tmp_path):
    path = log(user=[1, 2], item=pl.Series([[], []], dtype=pl.List(pl.Int64)))
    with pytest.raises(DataError, match="every list in column 'item' is empty"):
        prepare(path, tmp_path / "data")
