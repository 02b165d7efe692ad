"""The ids of an earlier run, or data folder, for a new file."""

import json

import polars as pl
import pytest
from seqrec_tool_prepare.commands import prepare
from seqrec_tool_prepare.known_data import KnownData

from seqrec_core.errors import DataError

OLD = "user,item,timestamp\na,10,1\na,30,2\na,20,3\nb,20,4\nb,10,5\n"
NEW = "user,item,timestamp\nz,30,6\nb,5,7\nb,30,8\nz,99,9\nz,10,10\n"


@pytest.fixture
def old(tmp_path):
    (tmp_path / "old.csv").write_text(OLD)
    (tmp_path / "new.csv").write_text(NEW)
    prepare(tmp_path / "old.csv", tmp_path / "old")
    return tmp_path / "old"


def histories(folder):
    users = dict(pl.read_parquet(folder / "users.parquet").select("query_id", "user").rows())
    items = pl.read_parquet(folder / "items.parquet")["item"].to_list()
    rows = pl.read_parquet(folder / "predict.parquet").select("query_id", "item_id").rows()
    return {users[user]: [items[item] for item in history] for user, history in rows}


def test_unknown_items_are_left_out_and_counted_and_the_catalogue_is_the_old_one(old, tmp_path):
    report = prepare(tmp_path / "new.csv", tmp_path / "day2", ids_from=old)
    assert histories(tmp_path / "day2") == {"z": [30, 10], "b": [30]}
    [drop] = report["dropped"]
    assert (drop["items"], drop["events"]) == (2, 2)
    assert (report["kept"]["users"], report["kept"]["events"]) == (2, 3)
    for name in ("items.parquet", "schema.json", "features.json"):
        assert (tmp_path / "day2" / name).read_bytes() == (old / name).read_bytes(), name


def test_appended_items_and_users_stand_behind_the_known_ones(old, tmp_path):
    report = prepare(tmp_path / "new.csv", tmp_path / "day2", ids_from=old, new_items="append")
    assert histories(tmp_path / "day2") == {"z": [30, 99, 10], "b": [5, 30]}
    items = pl.read_parquet(tmp_path / "day2" / "items.parquet")
    assert items["item"].to_list() == [10, 20, 30, 5, 99]
    assert pl.read_parquet(tmp_path / "day2" / "users.parquet")["user"].to_list() == ["a", "b", "z"]
    schema = json.loads((tmp_path / "day2" / "schema.json").read_text())
    assert schema["features"][0]["cardinality"] == 5
    assert report["new_ids"] == {"users": 1, "items": 2}


def test_a_user_of_unknown_items_alone_is_left_out(old, tmp_path):
    (tmp_path / "new.csv").write_text("user,item,timestamp\nz,99,1\nb,10,2\n")
    prepare(tmp_path / "new.csv", tmp_path / "day2", ids_from=old)
    assert histories(tmp_path / "day2") == {"b": [10]}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"ids_from": "nowhere"}, "no run and no data folder"),
        ({"new_items": "append"}, "--new-items does nothing without --ids-from"),
        ({"ids_from": "old", "keep_time": True}, "--keep-time does not go with --ids-from"),
        ({"ids_from": "old", "new_items": "keep"}, "choose one of drop, append"),
        ({"ids_from": "old", "item": "user"}, "both the user and the item"),
        ({"ids_from": "old", "user": "item", "item": "user"}, "none of the 2 items of the file"),
    ],
)
def test_what_cannot_be_is_refused(old, tmp_path, monkeypatch, options, said):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DataError) as error:
        prepare(tmp_path / "new.csv", tmp_path / "day2", **options)
    assert said in str(error.value)
    assert not (tmp_path / "day2").exists()


def test_the_source_is_not_replaced(old, tmp_path):
    with pytest.raises(DataError, match="would be replaced"):
        prepare(tmp_path / "new.csv", old, ids_from=old)


def test_a_folder_that_numbers_users_otherwise_is_refused(old):
    pl.read_parquet(old / "users.parquet").with_columns(
        query_id=pl.col("query_id") * 2
    ).write_parquet(old / "users.parquet")
    with pytest.raises(DataError, match="0, 1, 2"):
        KnownData.of(old)
