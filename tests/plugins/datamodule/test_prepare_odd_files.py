"""Files as people have them: each is read as meant, or refused by name with a remedy."""

from datetime import time
from pathlib import Path

import polars as pl
import pytest
from seqrec_tool_prepare.item_features import parse_item_features
from seqrec_tool_prepare.prepare import prepare
from seqrec_tool_prepare.settings import Settings

from seqrec_core.errors import DataError

HEADER = "user,item,timestamp\n"
EVENTS = pl.DataFrame({"user": [1, 1, 2], "item": [7, 8, 9], "timestamp": [1, 2, 3]})


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("log.csv", 'user,note,item\n1,"a\nb",2\n1,x,\n', "column 'item', line 4: no value"),
        ("log.csv", "\n\nuser,item\n1,2\n,3\n", "column 'user', line 5: no value"),
        ("log.csv", HEADER + '1,2,3\n1,"x,4\n' + "1,y,5\n" * 30_000, "line 3: a quote mark"),
        ("log.csv", HEADER + '1,"",3\n', "column 'item', line 2: '' is no id"),
        ("log.csv", HEADER + "1,2,1e300\n", "line 2: '1e300' is not a 64-bit number"),
        ("log.csv", "user,item,item\n1,2,3\n", "line 1: two columns are named 'item'"),
        ("log.inter", "user:token\titem:token\titem:float\n1\t2\t3\n", "two columns are named"),
        ("log.csv", "\n", "empty CSV"),
        ("log.csv", "user,item\r1,2\r", "carriage return"),
        ("log.dat", "1::2::3::4\n", "line 1: .* is no line .*name the format"),
        ("log.txt", "user_id item_id timestamp\n1 2 3\n", "line 1: .* is no line .*name the form"),
    ],
)
def test_odd_text_is_refused_at_its_line(tmp_path, name, text, message):
    log = tmp_path / name
    log.write_text(text, newline="")
    with pytest.raises(DataError, match=rf"{name}.*{message}"):
        prepare(log, tmp_path / "data")


@pytest.mark.parametrize(
    ("column", "values", "message"),
    [
        ("user", pl.Series([1, 1, 2**63], dtype=pl.UInt64), f"row 3: {2**63} is no id"),
        ("user", ["a", "", "b"], "row 2: '' is no id"),
        ("timestamp", [time(1)] * 3, "timestamps are numbers or dates, not Time"),
        ("timestamp", [[1]] * 3, "timestamps are numbers or dates, not List"),
        ("timestamp", pl.Series([1, 2**63, 3], dtype=pl.UInt64), f"row 2: {2**63} is not"),
        ("rating", [[1]] * 3, "ratings are numbers, not List"),
    ],
)
def test_odd_columns_of_parquet_are_refused(tmp_path, column, values, message):
    log = tmp_path / "log.parquet"
    EVENTS.with_columns(pl.Series(column, values)).write_parquet(log)
    settings = Settings(min_rating=1 if column == "rating" else None)
    with pytest.raises(DataError, match=f"column '{column}'.*{message}"):
        prepare(log, tmp_path / "data", settings)


@pytest.mark.parametrize(("name", "mark"), [("log", ";"), ("log", "|"), ("log.csv", "\t")])
def test_the_mark_between_fields_is_found(tmp_path, name, mark):
    (tmp_path / name).write_text((HEADER + "1,7,1\n").replace(",", mark))
    report = prepare(tmp_path / name, tmp_path / "data")
    assert list(report["source"]["columns"]) == ["user", "item", "timestamp"]


def test_text_ids_are_integers_up_to_64_bits(tmp_path):
    (tmp_path / "log.csv").write_text(HEADER + f"{2**63 - 1},7,1\n9,7,1\n")
    prepare(tmp_path / "log.csv", tmp_path / "data")
    users = pl.read_parquet(tmp_path / "data" / "users.parquet")["user"]
    assert users.to_list() == [9, 2**63 - 1]


def test_a_folder_of_spark_is_read_without_its_marks(tmp_path):
    folder = tmp_path / "log[1]"
    (folder / "day=1").mkdir(parents=True)
    EVENTS.write_parquet(folder / "day=1" / "part-0.parquet")
    EVENTS.write_parquet(folder / "_temporary.parquet")
    for name in ("_SUCCESS", "day=1/.part-0.parquet.crc"):
        (folder / name).touch()
    assert prepare(folder, tmp_path / "data")["kept"]["events"] == 3


def test_a_folder_without_parquet_says_so(tmp_path):
    (tmp_path / "log").mkdir()
    (tmp_path / "log" / "a.csv").write_text(HEADER)
    with pytest.raises(DataError, match="no parquet file in this folder"):
        prepare(tmp_path / "log", tmp_path / "data")


def written(tmp_path: Path) -> Path:
    EVENTS.write_parquet(tmp_path / "train.parquet")
    return tmp_path / "train.parquet"


def test_what_is_read_is_never_replaced(tmp_path):
    log = written(tmp_path)
    before = log.read_bytes()
    for source, items in ((log, None), (tmp_path, None), (tmp_path / "x.csv", log)):
        (tmp_path / "x.csv").write_text(HEADER + "1,7,1\n")
        features = parse_item_features("timestamps:list") if items else ()
        with pytest.raises(DataError, match=r"would be replaced.*choose another --out"):
            prepare(source, tmp_path, Settings(items=items, item_features=features))
    assert log.read_bytes() == before


def test_an_out_that_is_a_file_is_refused(tmp_path):
    (tmp_path / "data").touch()
    with pytest.raises(DataError, match=r"data: cannot be made a folder.*choose another --out"):
        prepare(written(tmp_path), tmp_path / "data")


def test_an_interrupted_replacement_has_no_schema(tmp_path, monkeypatch):
    log, out = written(tmp_path), tmp_path / "data"
    prepare(log, out)
    monkeypatch.setattr("os.replace", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        prepare(log, out)
    assert not (out / "schema.json").exists()
    monkeypatch.undo()
    moved = []
    monkeypatch.setattr("os.replace", lambda _, path: moved.append(path.name))
    prepare(log, out)
    assert len(moved) == 10
    assert moved[-1] == "schema.json"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"validate_from": 0.5}, "--validate-from does nothing without --split global-time"),
        ({"test_from": "0.95"}, "--test-from does nothing without --split global-time"),
        ({"rating": "user"}, "--rating does nothing without --min-rating"),
        ({"items_id": "x"}, "--items-id does nothing without --items"),
        ({"list_separator": "/"}, "--list-separator does nothing without --items"),
        ({"item_features": parse_item_features("a:list")}, "without --items"),
        ({"items": "x.csv"}, "--items does nothing without --item-features"),
        ({"split": "global-time", "test_from": "inf"}, "'inf' is no moment"),
        ({"split": "global-time", "test_from": "nan"}, "'nan' is no moment"),
        ({"split": "global-time", "validate_from": "1"}, "nothing is left to train on"),
    ],
)
def test_options_that_cannot_do_what_they_say_are_refused(tmp_path, settings, message):
    with pytest.raises(DataError, match=message):
        prepare(written(tmp_path), tmp_path / "data", Settings(**settings))


def test_a_time_format_needs_a_timestamp(tmp_path):
    (tmp_path / "log.csv").write_text("user,item\n1,2\n")
    with pytest.raises(DataError, match="--time-format needs a timestamp"):
        prepare(tmp_path / "log.csv", tmp_path / "data", Settings(time_format="%d"))


def encoded(tmp_path: Path, items: pl.DataFrame | str, features: str) -> list[object]:
    side = tmp_path / "items.csv"
    if isinstance(items, str):
        side.write_text(items)
    else:
        side = tmp_path / "items.parquet"
        items.write_parquet(side)
    settings = Settings(items=side, item_features=parse_item_features(features))
    prepare(written(tmp_path), tmp_path / "data", settings)
    return pl.read_parquet(tmp_path / "data" / "items.parquet")["c"].to_list()


@pytest.mark.parametrize(
    ("items", "kind", "message"),
    [
        ("item,c\n7,a\n07,b\n", "categorical", "line 3: item '07' has a row already"),
        ("item,c\n7,1e300\n", "numerical", "line 2: '1e300' is not a finite 32-bit number"),
        ("item,c\n7,1|1e39\n", "numerical_list", "line 2: '1e39' is not a finite 32-bit number"),
        (pl.DataFrame({"item": [7.5], "c": [1]}), "numerical", "integers or strings, not Float64"),
        (pl.DataFrame({"item": [7], "c": [{"a": 1}]}), "categorical", "values are Struct"),
        (pl.DataFrame({"item": [7], "c": [[[1]]]}), "list", "values are List"),
        (pl.DataFrame({"item": [7], "c": [b"\xff"]}), "categorical", "values are Binary"),
    ],
)
def test_odd_items_are_refused(tmp_path, items, kind, message):
    with pytest.raises(DataError, match=rf"items\..*{message}"):
        encoded(tmp_path, items, f"c:{kind}")


def test_a_feature_is_named_once():
    with pytest.raises(DataError, match="'c' is named twice"):
        parse_item_features("c:list,c:numerical")


def test_blank_lines_of_an_items_file_are_no_items(tmp_path):
    assert encoded(tmp_path, "item,c\n\n7,a\n\n8,b\n\n", "c:categorical") == [1, 2, 0]


def test_nan_is_no_category(tmp_path):
    items = pl.DataFrame({"item": [7, 8], "c": [float("nan"), 2.0]})
    assert encoded(tmp_path, items, "c:categorical") == [0, 1, 0]


def test_whole_numbers_of_one_value_are_in_the_order_of_their_text(tmp_path):
    items = "item,c\n7,1\n8,01\n9,001\n"
    for _ in range(5):
        assert encoded(tmp_path, items, "c:categorical") == [3, 2, 1]


def test_empty_lists_of_numbers_are_missing(tmp_path):
    items = pl.DataFrame({"item": [7, 8], "c": [[], [1.0, 2.0]]})
    assert encoded(tmp_path, items, "c:numerical_list") == [[0, 0], [1, 2], [0, 0]]
    items = pl.DataFrame({"item": [7], "c": [[]]}, schema_overrides={"c": pl.List(pl.Float64)})
    assert encoded(tmp_path, items, "c:numerical_list") == [[0]] * 3
