"""report.json states the options, and counts that add up."""

import json

import pytest
from seqrec_tool_prepare.commands import prepare


@pytest.fixture
def log(tmp_path):
    path = tmp_path / "log.csv"
    path.write_text(
        "user,item,timestamp,rating\n"
        "a,x,1,5\na,y,2,5\na,y,2,5\na,z,3,1\n"  # a repeat, and a low rating
        "b,x,4,5\nb,y,3,5\n"  # out of order
        "c,w,9,5\n"  # a user and an item of one event
    )
    return path


def test_events_that_were_dropped_and_kept_add_up(tmp_path, log):
    report = prepare(
        log, tmp_path / "data", min_rating=2, drop_repeated=True, min_user_count=2, min_item_count=2
    )
    assert report["source"] == {
        "file": "log.csv",
        "format": "csv",
        "columns": {
            "user": "user",
            "item": "item",
            "timestamp": "timestamp",
            "rating": "rating",
        },
        "also_likely": {},
        "one_value": [],
        "unused": [],
        "backwards_by": [],
    }
    assert report["read"] == {"events": 7}
    few = "users of fewer than 2 events, items of fewer than 2 (1 rounds)"
    assert report["dropped"] == [
        {"reason": "rating below 2", "events": 1},
        {"reason": "repeats user, item and timestamp", "events": 1},
        {"reason": few, "users": 1, "items": 1, "events": 1},
    ]
    assert report["kept"] == {"users": 2, "items": 2, "events": 4}
    assert report["short_users"] == 2
    assert report["splits"]["train"] == {"users": 2, "events": 4}
    assert json.loads((tmp_path / "data" / "report.json").read_text()) == report


def test_nothing_is_dropped_unless_asked_for(tmp_path, log):
    report = prepare(log, tmp_path / "data")
    assert report["read"] == report["kept"] == {"users": 3, "items": 4, "events": 7}
    assert report["dropped"] == []
    assert report["order"] == {
        "by": "timestamp",
        "moved": 1,
        "first_moved": "line 7",
        "tied": 2,
        "tied_cuts": 1,
        "repeated": 1,
        "odd_times": {},
    }


def test_settings_are_the_options_without_paths(tmp_path, log):
    items = tmp_path / "items.tsv"
    items.write_text("item\tyear\tgenres\nx\t1999\tdrama\ny\t\t\nq\t1\tdrama\n")
    report = prepare(
        log,
        tmp_path / "data",
        items=items,
        item_features="year:numerical,genres:list",
        split="global-time",
        validate_from=3,
    )
    assert report["settings"] == {
        "format": None,
        "user": None,
        "item": None,
        "timestamp": None,
        "time_format": None,
        "order": "time",
        "rating": None,
        "min_rating": None,
        "drop_repeated": False,
        "drop_incomplete": False,
        "min_user_count": 1,
        "min_item_count": 1,
        "split": "global-time",
        "validate_from": 3,
        "test_from": "0.9",
        "items": "items.tsv",
        "items_id": None,
        "item_features": {"year": "numerical", "genres": "categorical_list"},
        "list_separator": None,
        "bucket_events": 2_000_000,
    }
    assert report["begins"] == {"validate": 3, "test": 9}
    assert report["item_features"] == {
        "items_without_row": 2,
        "rows_without_events": 1,
        "missing": {"year": 3, "genres": 3},
        "examples": ["w", "q"],
    }
