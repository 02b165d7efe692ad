"""How metrics of a run are named, stored and shown."""

import math
from pathlib import Path

import pytest
from rich.console import Console
from seqrec_tool_run.metrics import (
    compared,
    metrics_table,
    named,
    ranked_name,
    splits,
    times,
)

METRICS = {
    "epoch": 3.0,
    "validate/ndcg@10": 0.4,
    "test/ndcg@10": 0.3,
    "test/recall@10": 0.5,
    "test/popularity/ndcg@10": 0.2,
}


def test_names_say_the_split_and_the_baseline_and_means_over_nobody_are_left_out():
    metrics = {"ndcg@10": 0.5, "recall@10": math.nan}
    assert named("test", metrics) == {"test/ndcg@10": 0.5}
    assert named("test", metrics, of_baseline=True) == {"test/popularity/ndcg@10": 0.5}


def test_splits_are_those_that_were_measured():
    assert splits(METRICS) == ["validate", "test"]
    assert splits({"epoch": 1.0}) == []


def test_each_metric_of_a_split_stands_beside_its_baseline():
    assert compared(METRICS, "test") == [("ndcg@10", 0.3, 0.2), ("recall@10", 0.5, None)]
    assert compared(METRICS, "validate") == [("ndcg@10", 0.4, None)]


@pytest.mark.parametrize(("baseline", "text"), [(0.2, "1.5x"), (None, ""), (0.0, "")])
def test_the_ratio_is_left_out_where_there_is_none(baseline, text):
    assert times(0.3, baseline) == text


def test_the_table_has_a_row_a_metric():
    console = Console(width=100)
    with console.capture() as capture:
        console.print(metrics_table(METRICS, "test"))
    rows = [line.split() for line in capture.get().splitlines()]
    assert ["ndcg@10", "0.3000", "0.2000", "1.5x"] in rows
    assert ["recall@10", "0.5000"] in rows


def test_numbers_of_candidates_have_a_name_of_their_own():
    name = ranked_name("test", Path("some") / "a.few.csv")
    assert (ranked_name("test"), name) == ("test", "test:a.few")
    metrics = {**METRICS, **named(name, {"ndcg@10": 0.9}), **named(name, {"ndcg@10": 0.6}, True)}
    assert compared(metrics, "test") == compared(METRICS, "test")
    assert compared(metrics, name) == [("ndcg@10", 0.9, 0.6)]
    assert splits(metrics) == ["validate", "test", name]
    assert "test:a.few, candidates" in str(metrics_table(metrics, name).columns[0].header)
    assert "test, full catalogue" in str(metrics_table(metrics, "test").columns[0].header)


def test_numbers_of_a_model_that_is_told_the_time_of_the_request_stand_apart():
    name = ranked_name("test", is_timed=True)
    assert (name, ranked_name("test", Path("a.csv"), is_timed=True)) == ("test+time", "test+time:a")
    metrics = {**METRICS, **named(name, {"ndcg@10": 0.9})}
    assert compared(metrics, "test") == compared(METRICS, "test")
    assert splits(metrics) == ["validate", "test", name]
    header = str(metrics_table(metrics, name).columns[0].header)
    assert header == "test+time, full catalogue, request time known"


def test_the_folder_of_other_data_has_its_name_wherever_one_stands(tmp_path, monkeypatch):
    (tmp_path / "day2").mkdir()
    monkeypatch.chdir(tmp_path / "day2")
    assert ranked_name("test", other_data=Path()) == "test@day2"
