"""A report is printed as tables, and what was odd as sentences."""

import pytest
from rich.console import Console
from seqrec_tool_prepare.rendering import notices, render


@pytest.fixture
def report():
    """A report of which nothing is to be said."""
    truth = {"cold_items": 0, "cold_events": 0, "without_history": 0, "seen_events": 0}
    return {
        "source": {
            "file": "log.csv",
            "format": "csv",
            "columns": {"user": "uid", "item": "asin", "timestamp": "when"},
            "also_likely": {},
            "one_value": [],
            "unused": [],
            "backwards_by": [],
        },
        "placeholders": {},
        "settings": {"split": "leave-one-out", "drop_repeated": False},
        "read": {"events": 12_345},
        "dropped": [{"reason": "rating below 3", "events": 5}],
        "kept": {"users": 4, "items": 6, "events": 12_340},
        "order": {"by": "timestamp", "moved": 0, "tied": 0, "repeated": 0, "odd_times": {}},
        "begins": {},
        "short_users": 0,
        "splits": {
            "train": {"users": 4, "events": 9},
            "validate": {"users": 4, "events": 4} | truth,
            "test": {"users": 3, "events": 3} | truth,
            "predict": {"users": 4},
        },
        "lengths": {"longest": 50, "max_sequence_length": 50, "held": 1.0},
        "item_features": {},
    }


def printed(report):
    console = Console(width=150)
    with console.capture() as capture:
        console.print(render(report))
    return [line.split() for line in capture.get().splitlines()]


def test_counts_are_printed_in_tables(report):
    lines = printed(report)
    assert ["read", "12,345"] in lines
    assert ["dropped:", "rating", "below", "3", "5"] in lines
    assert ["kept", "4", "6", "12,340"] in lines
    assert ["test", "3", "3", "0", "0"] in lines
    assert not any("•" in line for line in lines)


def test_moments_stand_beside_the_splits_that_begin_at_them(report):
    report["begins"] = {"validate": 3, "test": 9}
    lines = printed(report)
    assert ["validate,", "from", "3", "4", "4", "0", "0"] in lines


def test_notices_are_printed_below(report):
    report["short_users"] = 1
    assert "• 1 user with fewer than 3 events: in train alone" in map(" ".join, printed(report))


def test_the_columns_that_were_chosen_are_printed(report):
    report["source"]["also_likely"] = {"timestamp": ["eventdate"]}
    assert "columns: user: uid; item: asin; time: when (also likely: eventdate)" in [
        " ".join(line) for line in printed(report)
    ]


@pytest.mark.parametrize(
    ("part", "values", "sentence"),
    [
        ("source", {"unused": ["price", "type"]}, "not used: price, type"),
        ("source", {"one_value": ["userId"]}, "column 'userId' has one value, or none"),
        ("source", {"backwards_by": ["dt"]}, "the rows run BACKWARDS by 'dt'"),
        ("kept", {"users": 1}, "ONE user only: 'uid' has one value in all events"),
        ("placeholders", {"user": {"NA": 3}}, "'NA' is the user of 3 events"),
        (
            "order",
            {"odd_times": {"before_1990": {"events": 2, "first": "line 7"}}},
            "2 events dated before 1990, the first at line 7",
        ),
        ("order", {"by": "file"}, "no timestamp column: the order of the file"),
        (
            "order",
            {"moved": 3, "first_moved": "line 3"},
            "3 events behind a later one of the same user, the first at line 3: sorted by time",
        ),
        (
            "order",
            {"tied": 6, "tied_cuts": 2},
            "6 events with user and timestamp of another one: in the order of the file, which "
            "decides the split of 2 users",
        ),
        ("order", {"repeated": 1}, "1 event with user, item and timestamp of an earlier one"),
        (
            "lengths",
            {"longest": 1_200, "held": 0.874},
            "up to 1,200 training events of a user: the last 50 hold 87.4% of all",
        ),
        (
            "item_features",
            {
                "items_without_row": 1,
                "rows_without_events": 0,
                "missing": {},
                "examples": ["07", None],
            },
            "1 item without row in the items file, such as '07'",
        ),
        (
            "item_features",
            {
                "items_without_row": 0,
                "rows_without_events": 2,
                "missing": {},
                "examples": [None, "7"],
            },
            "2 rows of the items file without event: left out, such as '7'",
        ),
        (
            "item_features",
            {
                "items_without_row": 0,
                "rows_without_events": 0,
                "missing": {"price": 2, "x": 0},
                "examples": [None, None],
            },
            "2 items without price",
        ),
    ],
)
def test_what_is_odd_is_said_in_a_sentence(report, part, values, sentence):
    assert notices(report) == []
    report[part] |= values
    [line] = notices(report)
    assert line.startswith(sentence)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"without_history": 2}, "2 users with events in test and none before: left out of it"),
        (
            {"cold_items": 1, "cold_events": 2},
            "1 item in test and not in train, in 2 events: kept, with an id",
        ),
        (
            {"seen_events": 1},
            "1 of 3 test targets are in the history of the user: the filter of seen items takes "
            "it out (--set 'postprocessors=[]' turns it off)",
        ),
        (
            {"seen_events": 2},
            "2 of 3 test targets are in the history of the user: the filter of seen items takes "
            "them out (`seqrec init` therefore writes a spec without that filter)",
        ),
        ({"users": 0}, "test is empty: no user has an event in it and history before it"),
    ],
)
def test_what_is_odd_in_a_split_is_said_with_its_name(report, values, sentence):
    report["splits"]["test"] |= values
    assert notices(report) == [sentence]


def test_what_was_asked_for_is_not_odd(report):
    report["order"]["repeated"] = 1
    report["short_users"] = 1
    report["settings"] = {"split": "global-time", "drop_repeated": True}
    assert notices(report) == []


def test_what_was_kept_is_printed_and_what_was_odd_in_it_said(report):
    kinds = {"rating": "interactions", "age": "query_features", "request_time": "query_features"}
    report["features"] = {
        name: {"type": "numerical", "source": source} for name, source in kinds.items()
    }
    report["event_features"] = {"missing": {"rating": 2}, "unknown": {"rating": 1}}
    report["user_features"] = {
        "users_without_row": 1,
        "rows_without_events": 2,
        "examples": ["u7", "u8"],
        "missing": {"age": 3},
    }
    report["item_features"] = {
        "cold_items": 4,
        "items_without_row": 0,
        "rows_without_events": 4,
        "examples": [None, "i1"],
        "missing": {},
    }
    line = "features of events: rating (numerical); of users: age (numerical); of requests: "
    assert any((" ".join(row)).startswith(line) for row in printed(report))
    assert notices(report) == [
        "4 rows of the items file without event: kept, with an id, such as 'i1'",
        "1 user without row in the users file, such as 'u7'",
        "2 rows of the users file without event: left out, such as 'u8'",
        "3 users without age",
        "2 events without rating",
        "1 value of rating behind training that it does not have: unknown",
    ]
