"""Everything at once, and nothing of what is right."""

import math

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from seqrec_library_data_checks.folder_check import folder_findings

from seqrec_core.session import read
from seqrec_core.spec import SchemaSpec

EVENTS = {"is_seq": True, "source": "interactions"}
USERS = {"is_seq": False, "source": "query_features"}
KEPT = [
    {"name": "item_id", "type": "categorical", "hint": "item_id", "cardinality": 4} | EVENTS,
    {"name": "timestamp", "type": "numerical", "hint": "timestamp"} | EVENTS,
    {"name": "device", "type": "categorical", "cardinality": 3} | EVENTS,
    {"name": "gender", "type": "categorical", "cardinality": 2} | USERS,
    {"name": "age", "type": "numerical"} | USERS,
    {"name": "request_time", "type": "numerical", "hint": "request_time"} | USERS,
]
ROWS = {
    "query_id": [0, 1],
    "item_id": [[0, 1], [2]],
    "timestamp": [[5, 7], [6]],
    "device": [[0, 2], [1]],
    "gender": [0, 1],
    "age": [0.5, -0.5],
    "request_time": [7, 6],
}


def kept_findings(path, change):
    """The findings in a folder of one file, train, with features of events and users."""
    schema = read({"features": KEPT}, SchemaSpec).tensor_schema()
    rows = {name: list(values) for name, values in ROWS.items()}
    change(rows)
    pq.write_table(pa.table(rows), path / "train.parquet")
    there = folder_findings(path, schema)
    return [(f.column, f.row) for f in there if f.severity == "error"]


@pytest.mark.parametrize(
    ("column", "values", "row"),
    [
        ("request_time", [6, 6], 0),
        ("request_time", [7, None], 1),
        ("request_time", [7.0, math.nan], 1),
        ("device", [[0, 2], [1, 1]], 1),
        ("device", [[0, 4], [1]], 0),
        ("gender", [0, 3], 1),
        ("age", [0.5, math.inf], 1),
    ],
)
def test_features_of_events_and_users_are_looked_at(tmp_path, column, values, row):
    assert kept_findings(tmp_path, lambda rows: None) == []
    assert kept_findings(tmp_path, lambda rows: rows.update({column: values})) == [(column, row)]


@pytest.mark.parametrize("column", ["timestamp", "device", "gender", "age", "request_time"])
def test_features_of_events_and_users_are_needed(tmp_path, column):
    there = kept_findings(tmp_path, lambda rows: rows.pop(column))
    assert there == [(column, None)]


def test_a_good_folder_has_no_finding(folder, schema):
    assert folder_findings(folder(), schema) == []


def test_all_is_said_at_once_errors_first(folder, schema):
    def change(tables):
        tables["train"]["item_id"][7][0] = 99
        tables["validate"]["price"][3].pop()
        tables["train"]["mood"] = [0] * 24
        tables["items"]["item"][5] = "i1"
        tables.pop("predict")

    path = folder(change)
    (path / "defaults.json").write_text('{"model": 3}')
    (path / "test.parquet").write_text("no")
    there = [(f.severity, f.file, f.column, f.row) for f in folder_findings(path, schema)]
    assert there == [
        ("error", "items.parquet", "item", 5),
        ("error", "defaults.json", "", None),
        ("error", "train.parquet", "item_id", 7),
        ("error", "validate.parquet", "price", 3),
        ("error", "test.parquet", "", None),
        ("notice", "train.parquet", "mood", None),
        ("notice", "predict.parquet", "", None),
    ]


def test_without_a_filter_seen_items_need_not_be_there(folder, schema):
    path = folder(lambda tables: tables["validate"].pop("seen_ids"))
    for is_filtered, severity in ((True, "error"), (False, "notice")):
        (finding,) = folder_findings(path, schema, is_filtered)
        assert (finding.severity, finding.column) == (severity, "seen_ids")
