"""Features of users, and items without events, as options keep them."""

import json
from pathlib import Path

import polars as pl
import pytest
from seqrec_library_encodings.feature_values import encode
from seqrec_tool_prepare.commands import prepare
from seqrec_tool_prepare.kept_features import KeptFeatures

from seqrec_core.errors import DataError
from seqrec_core.schema import FeatureHint, FeatureSource, FeatureType
from seqrec_core.spec.recipe import FeatureSpec, SchemaSpec

LOG = "user,item,timestamp\n2,10,1\n2,30,2\n2,20,3\n2,30,4\n9,20,5\n10,30,6\n10,20,7\n10,10,8\n"
USERS = "user,gender,age,langs\n10,f,20,en|fr\n2,m,40,\n77,x,1000,de\n"
KINDS = "gender:categorical,age:numerical,langs:list"


def prepared(tmp_path: Path, **options: object) -> Path:
    (tmp_path / "log.csv").write_text(LOG)
    for name in ("users", "items"):
        text = options.pop(f"{name}_text", None)
        if text is not None:
            (tmp_path / f"{name}.csv").write_text(str(text))
            options[name] = tmp_path / f"{name}.csv"
    prepare(tmp_path / "log.csv", tmp_path / "data", **options)
    return tmp_path / "data"


def test_nothing_is_kept_by_default(tmp_path):
    kept = KeptFeatures()
    assert kept.schema() == []
    assert kept.encodings() == kept.report() == kept.user_values() == {}
    assert pl.read_parquet(prepared(tmp_path) / "train.parquet").columns == [
        "query_id",
        "item_id",
        "timestamp",
    ]


def test_rows_of_all_splits_have_the_features_of_their_user(tmp_path):
    out = prepared(tmp_path, users_text=USERS, user_features=KINDS)
    features = {2: (2, 1.0, []), 9: (0, 0.0, []), 10: (1, -1.0, [0, 1])}
    for split in ("train", "validate", "test", "predict", "users"):
        users = pl.read_parquet(out / "users.parquet")["user"]
        for row in pl.read_parquet(out / f"{split}.parquet").to_dicts():
            values = row["gender"], row["age"], row["langs"]
            assert values == features[users[row["query_id"]]]
    report = json.loads((out / "report.json").read_text())
    assert report["user_features"] == {
        "users_without_row": 1,
        "rows_without_events": 1,
        "examples": ["9", "77"],
        "missing": {"gender": 1, "age": 1, "langs": 2},
    }
    assert report["settings"]["users"] == "users.csv"


def test_entries_encode_what_stands_in_the_file(tmp_path):
    out = prepared(tmp_path, users_text=USERS, user_features=KINDS)
    entries = json.loads((out / "features.json").read_text())
    assert {entry["source"] for entry in entries.values()} == {"query_features"}
    assert encode(entries["gender"], ["f", "m", "x", None]) == [1, 2, 0, 0]
    assert encode(entries["age"], [20, "40", None]) == [-1, 1, 0]
    assert encode(entries["langs"], [["fr", "de"], None]) == [[1], []]


def test_the_schema_is_what_a_spec_takes(tmp_path):
    out = prepared(
        tmp_path,
        users_text=USERS,
        user_features="gender:categorical",
        keep_time=True,
        time_gaps=True,
        request_time=True,
    )
    kinds = {"type": FeatureType, "hint": FeatureHint, "source": FeatureSource}
    features = json.loads((out / "schema.json").read_text())["features"]
    specs = [
        FeatureSpec(**{k: kinds[k](v) if k in kinds else v for k, v in feature.items()})
        for feature in features
    ]
    schema = SchemaSpec(features=tuple(specs)).tensor_schema()
    assert schema.names == ["item_id", "timestamp", "time_gap", "gender", "request_time"]
    assert schema.timestamp_feature_name == "timestamp"
    assert schema["request_time"].feature_hint is FeatureHint.REQUEST_TIME
    assert [schema[name].is_seq for name in schema.names] == [True, True, True, False, False]
    defaults = json.loads((out / "defaults.json").read_text())
    assert defaults["facts"]["features"] == schema.names
    units = json.loads((out / "features.json").read_text())
    assert units["timestamp"] == {"type": "numerical", "source": "interactions", "unit": None}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("user,age\n2,old\n10,1\n9,1\n", "users.csv, column 'age', line 2: 'old' is not a finite"),
        ("user,age\n02,1\n09,1\n", "0 of 3 users have a row.*zeros in front"),
        ("user,age\n2,1\n2,3\n", "line 3: user '2' has a row already"),
        ("what,age\n2,1\n", "no column for the user.*--users-id"),
        ("user,years\n2,1\n", r"no column 'age'; --user-features can name \['user', 'years'\]"),
    ],
)
def test_faults_of_the_users_file_are_named(tmp_path, text, message):
    with pytest.raises(DataError, match=message):
        prepared(tmp_path, users_text=text, user_features="age:numerical")


@pytest.mark.parametrize("features", ["", "kind:categorical"])
def test_items_without_events_stay_where_all_are_asked_for(tmp_path, features):
    items = "item,kind\n5,a\n30,b\n10,c\n100,d\n"
    out = prepared(tmp_path, items_text=items, all_items=True, item_features=features)
    table = pl.read_parquet(out / "items.parquet")
    assert table["item"].to_list() == [5, 10, 20, 30, 100]
    assert table["count"].to_list() == [0, 1, 1, 2, 0]
    train = pl.read_parquet(out / "train.parquet")
    assert train["item_id"].to_list() == [[1, 3], [2], [3]]
    assert json.loads((out / "schema.json").read_text())["features"][0]["cardinality"] == 5
    report = json.loads((out / "report.json").read_text())
    assert report["item_features"]["cold_items"] == 2
    assert report["kept"]["items"] == 3
    assert json.loads((out / "defaults.json").read_text())["facts"]["items"] == 5
    if features:
        assert table["kind"].to_list() == [1, 3, 0, 2, 4]


def test_an_item_of_text_makes_all_ids_text_in_their_order(tmp_path):
    out = prepared(tmp_path, items_text="item\nx\n30\n10\n9\n", all_items=True)
    items = pl.read_parquet(out / "items.parquet")["item"].to_list()
    assert items == ["10", "20", "30", "9", "x"]
    assert pl.read_parquet(out / "train.parquet")["item_id"].to_list() == [[0, 2], [1], [2]]
