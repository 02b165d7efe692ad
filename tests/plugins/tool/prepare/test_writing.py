"""A data folder holds every file that is read from it, in types that every reader knows."""

import json

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from seqrec_tool_prepare.catalogue import Catalogue
from seqrec_tool_prepare.kcore import k_core
from seqrec_tool_prepare.survey import survey_events
from seqrec_tool_prepare.writing import write_catalogue, write_splits

# Users and items are their own numbers; each user in the order of time.
EVENTS = [
    *[(0, 0, 1), (0, 1, 3), (0, 2, 5), (0, 3, 7)],
    *[(1, 0, 1), (1, 1, 2), (1, 3, 3)],
    *[(2, 2, 4), (2, 0, 9)],
]


@pytest.fixture
def catalogue(tmp_path, opened, sorted_buckets):
    survey = survey_events(opened(tmp_path, EVENTS))
    core = k_core(sorted_buckets(tmp_path, EVENTS), 3, 4, 1, 1)
    return Catalogue.of(survey, core), survey.clock


@pytest.fixture
def write(tmp_path, catalogue, sorted_buckets):
    def split(begins=None, clock=catalogue[1], **options):
        buckets = sorted_buckets(tmp_path, EVENTS)
        return write_splits(tmp_path, buckets, catalogue[0], clock, begins, **options)

    return split


def rows(folder, name):
    return pl.read_parquet(folder / f"{name}.parquet").to_dicts()


def test_the_last_events_are_left_out(tmp_path, write):
    tally = write()
    assert rows(tmp_path, "train") == [
        {"query_id": 0, "item_id": [0, 1], "timestamp": [1, 3]},
        {"query_id": 1, "item_id": [0], "timestamp": [1]},
        {"query_id": 2, "item_id": [2, 0], "timestamp": [4, 9]},
    ]
    assert rows(tmp_path, "validate")[0] == {
        "query_id": 0,
        "item_id": [0, 1],
        "timestamp": [1, 3],
        "ground_truth": [2],
        "train": [0, 1],
        "seen_ids": [0, 1],
    }
    assert rows(tmp_path, "test")[1] == {
        "query_id": 1,
        "item_id": [0, 1],
        "timestamp": [1, 2],
        "ground_truth": [3],
        "train": [0],
        "seen_ids": [0, 1],
    }
    assert rows(tmp_path, "predict")[2] == {
        "query_id": 2,
        "item_id": [2, 0],
        "timestamp": [4, 9],
        "seen_ids": [2, 0],
    }
    assert tally.train_counts.tolist() == [3, 1, 1, 0]


def test_moments_cut_all_users_at_once(tmp_path, write):
    write(begins=[3, 5])
    assert [row["item_id"] for row in rows(tmp_path, "train")] == [[0], [0, 1]]
    assert [row["ground_truth"] for row in rows(tmp_path, "test")] == [[2, 3], [0]]


def test_without_clock_no_times_are_written(tmp_path, write):
    write(clock=None)
    assert "timestamp" not in pq.read_schema(tmp_path / "train.parquet").names


def test_lists_are_lists_of_int64_for_every_reader(tmp_path, write):
    steps = []
    write(progress=lambda *step: steps.append(step))
    assert steps == [(1, 3), (2, 3), (3, 3)]
    schema = pq.read_schema(tmp_path / "test.parquet")
    assert schema.field("query_id").type == pa.int64()
    for name in ("item_id", "timestamp", "ground_truth", "seen_ids", "train"):
        assert schema.field(name).type == pa.list_(pa.int64())


def test_documents_describe_the_data(tmp_path, catalogue):
    truth = {"events": 4, "seen_events": 2}
    report = {
        "order": {"tied": 3, "by": "timestamp"},
        "lengths": {"max_sequence_length": 150},
        "splits": {"validate": {"events": 4, "seen_events": 1}, "test": truth},
        "kept": {"users": 3, "events": 9},
        "settings": {},
        "note": "Žižek",
    }
    write_catalogue(tmp_path, catalogue[0], np.array([3, 1, 1, 0]), report)
    documents = {path.stem: json.loads(path.read_text()) for path in tmp_path.glob("*.json")}
    assert documents.keys() == {"schema", "features", "report", "defaults"}
    assert documents["report"] == report
    assert "Žižek" in (tmp_path / "report.json").read_text(encoding="utf-8")
    assert documents["schema"]["features"][0]["cardinality"] == 4
    assert documents["defaults"]["data"] == {"tie_column": "timestamp"}
    assert documents["defaults"]["postprocessors"] == []  # half of the targets were seen before
    assert [row["count"] for row in rows(tmp_path, "items")] == [3, 1, 1, 0]
    assert [row["user"] for row in rows(tmp_path, "users")] == [0, 1, 2]
