"""Cells of event features are read as they are written, and those that cannot be are named."""

import polars as pl
import pytest
from seqrec_tool_prepare.commands import prepare
from seqrec_tool_prepare.event_columns import event_columns
from seqrec_tool_prepare.feature_choice import choose_features
from seqrec_tool_prepare.tables import open_table

from seqrec_core.errors import DataError

ODD = (
    "user,item,device,price,tags,vector\n"
    'u,1,"a, ""b""",3,x|y,1|2\n'
    "u,2,, 4.50 ,,\n"
    'u,3,"",NaN,y|| x,3|4\n'
    "u,4,NA,1e2,|,\n"
)
FEATURES = "device:categorical,price:numerical,tags:list,vector:numerical_list"


def read(path, features, separator=None):
    table = open_table(path)
    columns = event_columns(table, choose_features({"event_features": features}).events, separator)
    frame = table.frame.select(**{c.feature.name: c.read for c in columns}).collect()
    faults = table.frame.select(**{c.feature.name: c.fault for c in columns}).collect()
    assert not any(value for row in faults.rows() for value in row)
    return frame.to_dict(as_series=False)


def test_odd_cells_of_text(tmp_path):
    (tmp_path / "log.csv").write_text(ODD)
    values = read(tmp_path / "log.csv", FEATURES)
    assert values["device"] == ['a, "b"', None, None, "NA"]  # as for items, NA is text
    assert values["price"] == [3, 4.5, None, 100]
    assert [row or [] for row in values["tags"]] == [["x", "y"], [], ["y", "x"], []]
    assert values["vector"] == [[1, 2], None, [3, 4], None]


def test_parquet_columns_of_many_types(tmp_path):
    pl.DataFrame(
        {
            "whole": [1, None, 3],
            "half": [1.0, float("nan"), 2.5],
            "truth": [True, False, None],
            "text": ["", "b", None],
            "lists": [["a", None], [], None],
            "array": pl.Series([[1, 2], None, [3, 4]], dtype=pl.Array(pl.Int64, 2)),
        }
    ).write_parquet(tmp_path / "log.parquet")
    kinds = "whole:categorical,half:numerical,truth:categorical,text:categorical,lists:list"
    values = read(tmp_path / "log.parquet", f"{kinds},array:numerical_list")
    assert values["whole"] == ["1", None, "3"]
    assert values["half"] == [1.0, None, 2.5]
    assert values["truth"] == ["true", "false", None]
    assert values["text"] == [None, "b", None]
    assert [row or [] for row in values["lists"]] == [["a"], [], []]
    assert values["array"] == [[1, 2], None, [3, 4]]


@pytest.mark.parametrize(
    ("feature", "cells", "message"),
    [
        ("x:numerical", ["1", "dear"], "column 'x', line 3: 'dear' is not a finite"),
        ("x:numerical", ["inf", "1"], "column 'x', line 2: 'inf' is not a finite"),
        ("x:numerical", ["1", "1e39"], "'x', line 3: '1e39' is not a finite 32-bit"),
        ("x:numerical_list", ["1|2", "1|b"], "'x', line 3: '1|b' is not"),
        ("x:numerical_list", ["1|2", "1|nan"], "'x', line 3: .* is not"),
        ("x:numerical_list", ["1|2", "1"], "'x': lists of 1 to 2 numbers; all events need"),
        ("y:list,x:list,z:list", ["a", "b"], "no columns 'y', 'z'; --event-features can name"),
    ],
)
def test_faulty_cells_are_named(tmp_path, feature, cells, message):
    rows = [f"u,{number},{cell}\n" for number, cell in enumerate(cells)]
    (tmp_path / "log.csv").write_text("user,item,x\n" + "".join(rows))
    with pytest.raises(DataError, match=message.replace("|", r"\|")):
        prepare(tmp_path / "log.csv", tmp_path / "data", event_features=feature)
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("feature", "value", "message"),
    [
        ("x:categorical", ["a"], "name it x:categorical_list"),
        ("x:numerical_list", 1.5, "name it x:numerical$"),
        ("x:categorical", {"a": 1}, "values are Struct"),
        ("x:list", [["a"]], "values are List"),
    ],
)
def test_types_that_fit_no_feature(tmp_path, feature, value, message):
    pl.DataFrame({"user": [1], "item": [1], "x": [value]}).write_parquet(tmp_path / "log.parquet")
    with pytest.raises(DataError, match=message):
        prepare(tmp_path / "log.parquet", tmp_path / "data", event_features=feature)


def test_lines_of_items_have_no_columns_of_events(tmp_path):
    (tmp_path / "log.txt").write_text("7 30 10\n")
    with pytest.raises(DataError, match="have no columns for --event-features"):
        prepare(tmp_path / "log.txt", tmp_path / "data", event_features="x:list")


def test_columns_that_are_kept_are_not_said_to_be_unused(tmp_path):
    (tmp_path / "log.csv").write_text(ODD)
    report = prepare(tmp_path / "log.csv", tmp_path / "data", event_features="device:categorical")
    assert report["source"]["unused"] == ["price", "tags", "vector"]
    assert report["features"] == {"device": {"type": "categorical", "source": "interactions"}}
