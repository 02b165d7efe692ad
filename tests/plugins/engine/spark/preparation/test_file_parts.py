"""Lines that Spark hands out become the rows that a reader of the whole file finds."""

import polars as pl
import pytest
from seqrec_engine_spark.preparation.file_parts import (
    BEGIN,
    PATH,
    FaultyPartError,
    ParquetParts,
    TextParts,
)
from seqrec_tool_prepare.row_numbers import ROW

HEAD = "user,item"


def parts(names=("user", "item"), lines=4, **settings):
    settings = {"format": "csv", "separator": ",", "heads": {"file:///log": 0}} | settings
    first, before = {"file:///log": 1000}, {("file:///log", 0): 0, ("file:///log", 100): lines}
    headers = {} if "schema" in settings else {"file:///log": HEAD}
    return TextParts(first, before, list(names), headers=headers, **settings)


def read(text, lines):
    return pl.concat(list(text.frames(lines))).sort(ROW)


def test_rows_have_the_numbers_of_their_lines(batches):
    text = parts(heads={"file:///log": 1})
    rows = read(text, batches(["", HEAD, "1,2", '"3,4",5'], ["", "6,7"]))
    assert rows.to_dict(as_series=False) == {
        ROW: [1002, 1003, 1005],
        "user": ["1", "3,4", "6"],
        "item": ["2", "5", "7"],
    }


def test_a_line_without_a_header_may_look_like_one(batches):
    rows = read(parts(heads={}), batches(["1,2", HEAD], ["3,"]))
    assert rows["user"].to_list() == ["1", "user", "3"]
    assert rows["item"].to_list() == ["2", "item", None]


def test_objects_have_the_types_of_the_schema_where_a_part_lacks_keys(batches):
    schema = {"user": pl.String(), "item": pl.String()}
    text = parts(format="jsonl", separator=None, heads={}, schema=schema)
    rows = read(text, batches(['{"user": 1, "item": 2}', " "], ['{"user": "x"}']))
    assert rows.rows() == [(1000, "1", "2"), (1004, "x", None)]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("1,2,3", "line 6: 3 fields"),
        ("1,\ufffd", "line 6: not UTF-8"),
        ('1,"2', "line 6: a quote mark without its second one"),
    ],
)
def test_a_line_that_cannot_be_read_is_named(batches, line, message):
    with pytest.raises(FaultyPartError, match=message):
        read(parts(), batches([HEAD, "1,2", "3,4", "5,6"], ["7,8", line, "9,0"]))


def test_a_value_over_several_lines_is_refused_where_it_begins(batches):
    for lines, second in ([HEAD, '1,"a', 'b"', "5,6"], []), ([HEAD, "1,2", "3,4", '5,"a'], ['b"']):
        with pytest.raises(FaultyPartError, match=r"line [24]: a quote mark .* line break"):
            read(parts(), batches(lines, second))


def test_a_part_may_come_before_the_one_with_the_header(batches):
    [*lines] = batches([HEAD, "1,2", "3,4", "5,6"], ["7,8", "9,0"], size=6)
    turned = pl.from_arrow(lines[0]).sort(BEGIN, descending=True, maintain_order=True)
    rows = read(parts(), turned.to_arrow().to_batches())
    assert len(rows) == 5
    assert "user" not in rows["user"].to_list()


def test_rows_of_parquet_are_numbered_by_file():
    frame = pl.DataFrame({"user": [7, 8], PATH: ["b", "a"], BEGIN: [0, 5]})
    [rows] = ParquetParts({"a": 0, "b": 64}).frames(frame.to_arrow().to_batches())
    assert rows.rows() == [(7, 64), (8, 5)]
