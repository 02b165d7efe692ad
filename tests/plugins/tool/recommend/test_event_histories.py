"""Histories as people write them."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from seqrec_tool_recommend.event_histories import HistoryReader, item_of, moment

from seqrec_core.errors import DataError
from seqrec_core.session import read
from seqrec_core.spec import SchemaSpec

FEATURES = [
    {"name": "item_id", "type": "categorical", "hint": "item_id", "cardinality": 9},
    {"name": "timestamp", "type": "numerical", "hint": "timestamp"},
    {"name": "device", "type": "categorical", "cardinality": 3},
    {"name": "gap", "type": "categorical", "cardinality": 30},
    {"name": "color", "type": "categorical", "cardinality": 3, "source": "item_features"},
    {"name": "age", "type": "numerical", "is_seq": False, "source": "query_features"},
    {"name": "asked", "type": "numerical", "is_seq": False, "hint": "request_time"},
]


class Raw:
    """Leaves values as they are, with the name of their feature."""

    def is_gap(self, feature):
        return feature.name == "gap"

    def has_bare_times(self, name):
        return name == self.bare

    def has_seconds(self, name):
        return not self.has_bare_times(name)

    bare = ""

    def gaps(self, feature, times):
        return [later - earlier for earlier, later in zip([times[0], *times], times, strict=False)]

    def value(self, feature, value):
        return (feature.name, value)

    def unknown(self, feature, value):
        return [value] if value == "unheard of" else []


def reader(*names):
    features = [each for each in FEATURES if each["name"] in ("item_id", *names)]
    schema = read({"features": features}, SchemaSpec, "schema").tensor_schema()
    ids = {f"item {number}": number for number in range(9)}
    return HistoryReader(schema, ids.get, Raw())


def test_items_alone_are_a_history_where_nothing_else_is_read():
    history = reader("color").read("history 0", ["item 1", {"item": "item 2"}])
    assert (list(history.items), history.events, history.user) == ([1, 2], {}, {})


def test_events_have_their_times_and_values_and_users_theirs():
    events = [
        {"item": "item 1", "timestamp": "1970-01-01T00:01:00Z", "device": "ios"},
        {"item": "item 2", "timestamp": 61.5, "device": None},
    ]
    history = reader("timestamp", "device", "age", "asked").read(
        "history 0", events, user={"age": 3}
    )
    assert history.events == {
        "timestamp": [60, 61],
        "device": [("device", "ios"), ("device", None)],
    }
    assert history.user == {"age": ("age", 3)}
    assert history.asked == 61
    assert reader("timestamp").read("h", [], asked="70").asked == 70
    assert reader("age").read("h", []).user == {"age": ("age", None)}


def test_what_is_left_out_takes_its_values_along():
    events = [{"item": name, "device": name} for name in ("item 1", "nothing", "item 3")]
    history = reader("device").read("history 0", events, skip_unknown=True)
    assert history.items == [1, 3]
    assert history.events["device"] == [("device", "item 1"), ("device", "item 3")]


@pytest.mark.parametrize(
    ("events", "asked", "message"),
    [
        (["item 1"], None, "place 0: 'item 1' has no 'timestamp'; .*timestamp.: …}"),
        ([{"item": "item 1", "time": 3}], None, "has no 'timestamp'"),
        (
            [{"item": "item 1", "timestamp": "soon"}],
            None,
            "place 0: 'timestamp' is 'soon'; give sec",
        ),
        ([{"item": "x", "timestamp": 3}], None, "place 0: 'x' is no item that the model knows"),
        ([{"timestamp": 3}], None, "place 0: .* has no 'item'; add it"),
        (
            [{"item": "item 1", "timestamp": t} for t in (5, 4)],
            None,
            "place 1: its times go back, to 4; .* oldest first",
        ),
        ([{"item": "item 1", "timestamp": 5}], 4, "asked at 4, before its last event, at 5"),
        (
            [{"item": "item 1", "timestamp": 1_700_000_000_000}],
            None,
            "place 0: 'timestamp' is 1700000000000, after the year 9999; give seconds",
        ),
        ([{"item": "item 1", "timestamp": True}], None, "'timestamp' is True; give seconds"),
        ([{"item": "item 1", "timestamp": 5}], "later", "the time of the request is 'later'"),
    ],
)
def test_what_cannot_be_read_is_named_with_its_place(events, asked, message):
    with pytest.raises(DataError, match=message):
        reader("timestamp").read("history 0", events, asked=asked)


def test_a_user_with_unknown_features_is_refused():
    message = r"history 0: the user has \['agee'\]; the model reads \['age'\] of users: give these"
    with pytest.raises(DataError, match=message):
        reader("age").read("history 0", [], user={"agee": 3})
    with pytest.raises(
        DataError, match=r"history 0: the user is 'DE'; give a mapping of \['age'\]"
    ):
        reader("age").read("history 0", [], user="DE")


def test_categories_that_the_data_does_not_have_are_told_of_events_and_users():
    events = ["item 1", {"item": "item 1", "device": "unheard of"}, {"item": "x", "device": "ios"}]
    one = reader("device", "age")
    assert one.unknown_values(events) == {"device": ["unheard of"]}
    assert one.unknown_values([], {"age": "unheard of"}) == {"age": ["unheard of"]}


def test_a_moment_is_whole_seconds_of_any_form():
    east = timezone(timedelta(hours=2))
    for value in (
        3600,
        3600.9,
        "3600",
        " 3600.5 ",
        "1970-01-01T01:00",
        "1970-01-01 03:00:00+02:00",
        datetime(1970, 1, 1, 1, tzinfo=UTC),
        datetime(1970, 1, 1, 3, tzinfo=east),
    ):
        assert moment(value, "time") == 3600, value
    assert moment(date(1970, 1, 2), "time") == 24 * 3600
    assert moment(-1.5, "time") == -2
    for value in (None, "", "x", float("nan"), float("inf"), [3], True, 1e300, 10**30):
        with pytest.raises(DataError, match="give seconds, or a date"):
            moment(value, "time")


def test_an_item_is_itself_or_what_an_event_says():
    assert [item_of(each) for each in ("a", {"item": "b"}, {}, 3)] == ["a", "b", None, 3]


def test_gaps_follow_from_times_which_no_feature_of_the_model_need_hold():
    events = [{"item": "item 1", "timestamp": time} for time in (5, 7, 7)]
    history = reader("gap").read("history 0", events)
    assert history.events["gap"] == [0, 2, 0]
    with pytest.raises(
        DataError, match="'item 1' has no 'timestamp'; the model reads 'timestamp' of"
    ):
        reader("gap").read("history 0", ["item 1"])


def test_dates_are_refused_where_times_are_numbers_of_the_data_s_own(monkeypatch):
    monkeypatch.setattr(Raw, "bare", "timestamp")
    assert reader("timestamp").read("h", [{"item": "item 1", "timestamp": "7"}], asked=9).asked == 9
    for event, asked in (("2026-01-01", None), (7, "2026-01-01")):
        with pytest.raises(
            DataError, match="is '2026-01-01', and the times of the data are numbers"
        ):
            reader("timestamp").read("h", [{"item": "item 1", "timestamp": event}], asked=asked)
