"""What users stumbled on: each raw log has the right result, or says what is wrong."""

import json

import polars as pl
import pytest
from seqrec_tool_prepare.commands import prepare

from seqrec_core.errors import DataError

HEADER = "user_id,item_id,timestamp\n"


@pytest.fixture
def run(tmp_path):
    """The report of a text prepared with options; its folder is `tmp_path / "data"`."""

    def prepared(text, **options):
        (tmp_path / "log.csv").write_text(text)
        return prepare(tmp_path / "log.csv", tmp_path / "data", **options)

    return prepared


def histories(folder):
    """External ids of the items of each user, in order."""
    names = pl.read_parquet(folder / "data" / "items.parquet")["item"].to_list()
    users = pl.read_parquet(folder / "data" / "users.parquet")["user"].to_list()
    rows = pl.read_parquet(folder / "data" / "predict.parquet")
    return {users[q]: [names[i] for i in ids] for q, ids in rows["query_id", "item_id"].rows()}


def test_a_user_that_is_na_in_all_rows_is_not_the_user(run, tmp_path, capsys):
    rows = "".join(f"{s};NA;{i};{99 - i};2016-05-0{i}\n" for s in range(5) for i in (3, 2, 1))
    report = run("sessionId;userId;itemId;timeframe;eventdate\n" + rows)
    assert report["kept"]["users"] == 5
    assert histories(tmp_path)[0] == [1, 2, 3]  # by eventdate, against the rows
    text = capsys.readouterr().out
    assert "user: sessionId; item: itemId; time: eventdate (also likely: timeframe)" in text
    assert "column 'userId' has one value" in text


def test_fractions_of_pythons_form_order_the_events(run, tmp_path):
    rows = [("late", 900), ("early", 100), ("mid", 500)]
    text = "".join(f"a,{name},2020-01-01 10:00:00.{ms} UTC\n" for name, ms in rows)
    report = run(HEADER + text, time_format="%Y-%m-%d %H:%M:%S.%f UTC")
    assert histories(tmp_path) == {"a": ["early", "mid", "late"]}
    assert report["order"]["tied"] == 0


def test_ties_are_counted_when_all_that_is_dropped_is_dropped(run, tmp_path):
    twice = "".join(f"{u},{n},{n}\n" * 2 for u in range(4) for n in range(3))
    report = run(HEADER + twice + "9,1,1\n9,2,1\n", drop_repeated=True, min_user_count=3)
    assert report["order"]["tied"] == 0
    assert "tie_column" not in json.loads((tmp_path / "data/defaults.json").read_text())["data"]
    report = run(HEADER + twice)
    assert (report["order"]["tied"], report["order"]["repeated"]) == (24, 12)


def test_targets_that_were_seen_are_counted_and_the_filter_is_turned_off(run, tmp_path, capsys):
    text = HEADER + "".join(f"{u},{(u + n) % 3},{n}\n" for u in range(80) for n in range(12))
    report = run(text)
    assert [report["splits"][name]["seen_events"] for name in ("validate", "test")] == [80, 80]
    assert json.loads((tmp_path / "data/defaults.json").read_text())["postprocessors"] == []
    text = capsys.readouterr().out
    assert "80 of 80 test targets are in the history of the user" in text
    assert "`seqrec init` therefore writes a spec without that filter" in text


@pytest.mark.parametrize(
    ("ids", "side", "difference"),
    [
        (("0001", "0002"), ("1", "2"), "'0001', this file such as '1'; they differ in zeros"),
        (("1", "2"), ("0001", "0002"), "'1', this file such as '0001'; they differ in zeros"),
        (("1", "2"), ("1.0", "2.0"), None),
        (("1.0", "2.0"), ("1", "2"), None),
    ],
)
def test_one_rule_matches_ids_of_both_files(run, tmp_path, ids, side, difference):
    events = HEADER + "".join(f"{u},{i},{n}\n" for u in (1, 2) for n, i in enumerate(ids))
    rows = zip(side, "ab", strict=True)
    (tmp_path / "items.csv").write_text("item_id,genre\n" + "".join(f"{i},{g}\n" for i, g in rows))
    options = {"items": tmp_path / "items.csv", "item_features": "genre:categorical"}
    if difference:
        with pytest.raises(DataError, match=difference):
            run(events, **options)
    else:
        run(events, **options)
        items = pl.read_parquet(tmp_path / "data" / "items.parquet")
        assert items["item", "genre"].rows() == [(1, 1), (2, 2)]


def test_events_without_a_time_or_rating_are_refused_or_dropped(run):
    text = "user,item,timestamp,rating\na,x,1,5\na,y,2,\na,z,,5\na,w,4,5\n"
    with pytest.raises(DataError, match=r"line 3: no value; .*--drop-incomplete"):
        run(text, min_rating=3)
    more = text + "b,x,NA,5\n"
    with pytest.raises(DataError, match=r"column 'timestamp', line 4: no value, as in 2 of 5 ev"):
        run(more)
    report = run(text, min_rating=3, drop_incomplete=True)
    assert report["dropped"] == [
        {"reason": "no timestamp", "events": 1},
        {"reason": "no rating", "events": 1},
    ]
    assert report["kept"]["events"] == 2
