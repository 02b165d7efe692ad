"""JSON lines are read as people write them, or refused at the line."""

import json

import polars as pl
import pytest
from seqrec_tool_prepare.commands import prepare
from seqrec_tool_prepare.tables import open_table

from seqrec_core.errors import DataError

REVIEWS = [
    {
        "reviewerID": f"A{user}X",
        "asin": f"000038870{item}",
        "overall": 5.0,
        "unixReviewTime": 1387670400 + item,
        "reviewText": 'fine, "really"\nnice',
    }
    for user in range(5)
    for item in range(user % 3, user % 3 + 4)
]
LINES = "".join(json.dumps(review) + "\n" for review in REVIEWS)


@pytest.mark.parametrize(
    "text", [LINES, "\ufeff" + LINES.replace("\n", "\r\n"), LINES.replace("\n", "\n  \n")]
)
def test_reviews_keep_the_zeros_of_their_ids(tmp_path, text):
    (tmp_path / "reviews.json").write_text(text, newline="")
    report = prepare(tmp_path / "reviews.json", tmp_path / "data")
    assert report["kept"] == {"users": 5, "items": 6, "events": 20}
    items = pl.read_parquet(tmp_path / "data" / "items.parquet")["item"].to_list()
    assert items == [f"000038870{item}" for item in range(6)]


def test_values_of_any_type_are_text(tmp_path):
    values = ['"01"', "1", "9007199254740993", "1.5", "true", "null", '"a\\u00e9"']
    (tmp_path / "log[1].jsonl").write_text("".join(f'{{"a": {value}}}\n' for value in values))
    read = open_table(tmp_path / "log[1].jsonl").frame.collect()["a"].to_list()
    assert read == ["01", "1", "9007199254740993", "1.5", "true", None, "aé"]


def test_objects_and_lists_are_columns_and_histories(tmp_path):
    log = tmp_path / "log.jsonl"
    log.write_text('{"user": {"id": 5}, "item": [3, "04"], "ts": [2, 1]}\n{"item": [], "ts": []}\n')
    report = prepare(log, tmp_path / "data")
    assert report["source"]["columns"] == {"user": "user.id", "item": "item", "timestamp": "ts"}
    names = pl.read_parquet(tmp_path / "data" / "items.parquet")["item"]
    [history] = pl.read_parquet(tmp_path / "data" / "predict.parquet")["item_id"]
    assert names[history].to_list() == ["04", "3"]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"user": 1', "line 3: not one whole JSON object"),
        ("null", "line 3: 'null' is no JSON object"),
        ('{"user": 1, "item": NaN}', "line 3: .*NaN is no JSON"),
        ('{"user": 1, "item": "\udcff"}', "line 3: not UTF-8"),
        ('{"user": 1}', "column 'item', line 3: no value, as in 2 of 3 events; .*drop-incomplete"),
        ("{}", "column 'user', line 3: no value"),
        ('{"user": 1, "item": {"id": 5}}', "column 'item', line 3: .* is no id"),
        ('{"user": 1, "item": 5, "tags": "x"}', "line 3: key 'tags': \"x\" where lines before"),
    ],
)
def test_a_line_that_is_no_event_is_named(tmp_path, line, message):
    text = f'{{"user": 1, "item": 2, "tags": ["a"]}}\n\n{line}\n'
    text += '{"user": 1}\n' if line == '{"user": 1}' else ""
    (tmp_path / "log.jsonl").write_text(text, errors="surrogateescape")
    with pytest.raises(DataError, match=rf"log\.jsonl, {message}"):
        prepare(tmp_path / "log.jsonl", tmp_path / "data", event_features="tags:list")


def test_files_of_items_may_be_json_lines(tmp_path):
    (tmp_path / "log.csv").write_text("user,item\n1,7\n1,8\n")
    (tmp_path / "items.jsonl").write_text('{"item": 7, "genres": ["a", "b"]}\n{"item": "8"}\n')
    options = {"items": tmp_path / "items.jsonl", "item_features": "genres:list"}
    prepare(tmp_path / "log.csv", tmp_path / "data", **options)
    items = pl.read_parquet(tmp_path / "data" / "items.parquet")
    assert items["genres"].to_list() == [[0, 1], []]
