"""Options that cannot do what they say are refused, on the command line and in Python."""

import polars as pl
import pytest
from seqrec_tool_prepare.commands import prepare
from seqrec_tool_prepare.option_checks import changed, check_choices, refuse_idle

from seqrec_core.errors import DataError


@pytest.fixture
def log(tmp_path):
    frame = pl.DataFrame({"user": [1, 1, 2], "item": [7, 8, 9], "timestamp": [1, 2, 3]})
    frame.write_parquet(tmp_path / "log.parquet")
    return tmp_path / "log.parquet"


@pytest.fixture
def lines(tmp_path):
    (tmp_path / "log.txt").write_text("1 2 3\n")
    return tmp_path / "log.txt"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"validate_from": 0.5}, "--validate-from does nothing without --split global-time"),
        ({"test_from": "0.95"}, "--test-from does nothing without --split global-time"),
        ({"rating": "user"}, "--rating does nothing without --min-rating"),
        ({"items_id": "x"}, "--items-id does nothing without --items"),
        ({"list_separator": "/"}, "--list-separator does nothing without --items"),
        ({"item_features": "a:list"}, "--item-features does nothing without --items; add it"),
        (
            {"items": "x.csv"},
            "--items does nothing without --item-features .* or --all-items or --new-items",
        ),
        ({"users_id": "x"}, "--users-id does nothing without --users"),
        ({"users": "x"}, "--users does nothing without --user-features .* or --ids-from; add it"),
        ({"all_items": True}, "--all-items does nothing without --items"),
        ({"split": "random"}, "--split 'random': choose one of leave-one-out, global-time"),
        ({"order": "rating"}, "--order 'rating': choose one of time, file"),
        ({"format": "xls"}, "'xls' is not a format"),
    ],
)
def test_options_that_cannot_do_what_they_say_are_refused(tmp_path, log, options, message):
    with pytest.raises(DataError, match=message):
        prepare(log, tmp_path / "data", **options)
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("options", "name"),
    [
        ({"split": "global-time"}, "--split global-time"),
        ({"drop_repeated": True}, "--drop-repeated"),
        ({"time_format": "%d"}, "--time-format"),
        ({"keep_time": True}, "--keep-time"),
        ({"time_gaps": True}, "--time-gaps"),
        ({"request_time": True}, "--request-time"),
    ],
)
def test_options_that_need_a_timestamp(tmp_path, lines, options, name):
    with pytest.raises(DataError, match=rf"log\.txt: {name} needs a timestamp.*--timestamp"):
        prepare(lines, tmp_path / "data", **options)


def test_defaults_change_nothing_whether_number_or_text():
    def function(a, share="0.8", minimum=None, flag=False):
        raise AssertionError

    defaults = {"a": 1, "share": 0.8, "minimum": None, "flag": False}
    assert changed(defaults, function) == {"a"}
    assert changed(defaults | {"minimum": 0, "flag": True}, function) == {"a", "minimum", "flag"}


def test_the_choices_of_the_command_line_are_those_of_python():
    for order in ("time", "file"):
        for split in ("leave-one-out", "global-time"):
            for new_items in ("drop", "append"):
                check_choices({"order": order, "split": split, "new_items": new_items})


def test_no_option_that_ids_from_forbids_is_a_remedy():
    with pytest.raises(DataError, match="--items does nothing without --new-items append; add"):
        refuse_idle({"items", "ids_from"})
