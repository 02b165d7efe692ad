"""Features of events and users of new data are those of the old, encoded alike."""

import json

import polars as pl
import pytest
from seqrec_tool_prepare.commands import prepare

from seqrec_core.errors import DataError

OLD = "user,item,timestamp,device\na,x,1,web\na,y,2,ios\na,x,3,ios\nb,y,4,ios\n"
NEW = "user,item,timestamp,device\nz,y,6,tv\nb,x,7,web\nb,y,9,\n"
USERS = "user,sex\na,f\nb,m\n"
MORE = "user,sex\nz,f\n"


@pytest.fixture
def old(tmp_path):
    for name, text in (("old", OLD), ("new", NEW), ("users", USERS), ("more", MORE)):
        (tmp_path / f"{name}.csv").write_text(text)
    prepare(
        tmp_path / "old.csv",
        tmp_path / "old",
        users=tmp_path / "users.csv",
        user_features="sex:categorical",
        event_features="device:categorical",
        keep_time=True,
        time_gaps=True,
        request_time=True,
    )
    return tmp_path / "old"


def test_events_users_and_times_are_encoded_as_before(old, tmp_path):
    report = prepare(
        tmp_path / "new.csv", tmp_path / "day2", ids_from=old, users=tmp_path / "more.csv"
    )
    rows = {
        row["query_id"]: row
        for row in pl.read_parquet(tmp_path / "day2/predict.parquet").to_dicts()
    }
    assert rows[1]["device"] == [2, 0]
    assert rows[2]["device"] == [0]  # tv, which is unknown
    assert (rows[1]["sex"], rows[2]["sex"]) == (2, 1)  # b keeps what was known
    assert rows[1]["timestamp"] == [7, 9]
    assert {row["request_time"] for row in rows.values()} == {9}
    assert report["event_features"] == {"missing": {"device": 1}, "unknown": {"device": 1}}
    for name in ("schema.json", "features.json"):
        one, other = (
            json.loads((folder / name).read_text()) for folder in (old, tmp_path / "day2")
        )
        assert one == other


def test_times_of_another_form_are_refused(old, tmp_path):
    (tmp_path / "new.csv").write_text("user,item,timestamp,device\nz,y,2024-01-02,tv\n")
    with pytest.raises(DataError, match="plain numbers, and the file has times that are dates"):
        prepare(tmp_path / "new.csv", tmp_path / "day2", ids_from=old)


def test_a_file_without_a_feature_is_refused(old, tmp_path):
    (tmp_path / "new.csv").write_text("user,item,timestamp\nz,y,1\n")
    with pytest.raises(DataError, match="no column 'device'"):
        prepare(tmp_path / "new.csv", tmp_path / "day2", ids_from=old)
