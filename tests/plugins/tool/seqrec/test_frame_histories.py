"""From rows to histories: by user, by time, with what else an event has."""

from datetime import UTC, datetime

import polars as pl
import pytest
from seqrec.frame_histories import histories_of

from seqrec_core.errors import DataError

NONE = dict.fromkeys(("user", "item", "timestamp"))


@pytest.fixture
def read(tmp_path):
    def histories(columns, names=NONE, usual=()):
        pl.DataFrame(columns).write_parquet(tmp_path / "f.parquet")
        users, events = histories_of(tmp_path / "f.parquet", names, dict(usual))
        return dict(zip(users.to_pylist(), events, strict=True))

    return histories


def items(histories):
    return {user: [event["item"] for event in events] for user, events in histories.items()}


@pytest.mark.parametrize(
    "times",
    [
        [3, 1, 2],
        [0.3, 0.1, 0.2],
        ["2026-03-01", "2026-01-01T12:00", "2026-02-01"],
        [datetime(2026, m, 1, tzinfo=UTC) for m in (3, 1, 2)],
    ],
    ids=["numbers", "fractions", "text", "dates"],
)
def test_events_are_by_user_in_order_of_their_times(read, times):
    histories = read({"user": ["b", "a", "b"], "item": [1, 2, 3], "time": times})
    assert items(histories) == {"b": [3, 1], "a": [2]}
    assert [*histories] == ["b", "a"]


def test_ties_and_rows_without_times_keep_the_order_of_the_frame(read):
    columns = {"user": [1, 1, 1], "item": ["c", "a", "b"]}
    assert items(read(columns)) == {1: ["c", "a", "b"]}
    assert items(read({**columns, "time": [5, 5, 1]})) == {1: ["b", "c", "a"]}


def test_other_columns_belong_to_their_events(read):
    histories = read({"user": [1], "item": [2], "time": [3], "device": ["ios"]})
    assert histories == {1: [{"item": 2, "timestamp": 3, "device": "ios"}]}


def test_columns_have_the_names_that_are_said_then_those_of_the_training(read):
    columns = {"user": [1], "who": [2], "what": [3], "item": [4]}
    assert items(read(columns, usual={"user": "who", "item": "what", "timestamp": "gone"})) == {
        2: [3]
    }
    names = {**NONE, "user": "user"}
    assert items(read(columns, names, {"user": "who", "item": "what"})) == {1: [3]}


def test_ids_with_gaps_are_whole_numbers_and_a_row_without_an_item_is_no_event(read):
    assert items(read({"user": [1.0, 2.0, 2.0], "item": [5.0, None, 6.0]})) == {1: [5], 2: [6]}
    assert items(read({"user": ["a"], "item": pl.Series([None], dtype=pl.Int64)})) == {"a": []}


@pytest.mark.parametrize("name", ["user", "time"])
def test_a_row_without_its_user_or_time_is_named(read, name):
    columns = {"user": [1, 2], "item": [3, 4], "time": [5, 6]} | {name: [7, None]}
    with pytest.raises(DataError, match=rf"column '{name}', row 2: no value; give one"):
        read(columns)


def test_text_that_is_no_time_is_an_error(read):
    with pytest.raises(DataError, match="'31/01/2026'; give seconds, or a date"):
        read({"user": [1, 1], "item": [1, 2], "time": ["31/01/2026", "30/01/2026"]})


def test_ids_with_gaps_that_are_nan_are_whole_numbers_too(read):
    nan = float("nan")
    assert repr(items(read({"user": [1.0, 2.0, 2.0], "item": [5.0, nan, 6.0]}))) == repr(
        {1: [5], 2: [6]}
    )
