"""What a data folder suggests for specs, and that `seqrec init` takes it."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from seqrec_tool_prepare import buckets
from seqrec_tool_prepare.commands import prepare
from seqrec_tool_prepare.defaults import lengths_report
from typer.testing import CliRunner

from seqrec_core.cli.app import app
from seqrec_core.data_folder import DataFolder


@settings(deadline=None)
@given(st.lists(st.integers(0, 1500), min_size=1, max_size=40))
def test_the_length_is_the_smallest_that_holds_95_percent(lengths):
    report = lengths_report(np.bincount(lengths))
    total = sum(lengths)

    def held(limit):
        return sum(min(length, limit) for length in lengths) / max(1, total)

    length = report["max_sequence_length"]
    assert length % 50 == 0
    assert 50 <= length <= 500
    if total:
        assert length == 500 or held(length) >= 0.95
        assert length == 50 or held(length - 50) < 0.95
        assert report["held"] == pytest.approx(held(length), abs=5e-4)
    assert report["longest"] == max(lengths)


def folder(tmp_path, times):
    """A data folder of one user who has an event at each of the times, and its defaults."""
    rows = [f"u,{item},{time}" for item, time in enumerate(times)]
    file = tmp_path / "log.csv"
    file.write_text("\n".join(["user,item,timestamp", *rows]))
    report = prepare(file, tmp_path / "data")
    defaults = json.loads((tmp_path / "data" / "defaults.json").read_text())
    return tmp_path / "data", report, defaults


def init(data, out, *arguments):
    command = ["init", "sasrec", "--data", str(data), "--out", str(out), *arguments]
    result = CliRunner().invoke(app, command)
    assert result.exit_code == 0, result.output
    return json.loads(out.read_text())


def test_long_histories_and_ties_reach_the_spec(tmp_path):
    data, report, defaults = folder(tmp_path, [n // 2 for n in range(130)])
    assert report["lengths"] == {"longest": 128, "max_sequence_length": 150, "held": 1.0}
    assert defaults == {
        "model": {"max_sequence_length": 150},
        "data": {"tie_column": "timestamp"},
        "facts": {
            "users": 1,
            "items": 130,
            "events": 130,
            "max_sequence_length": 150,
            "features": ["item_id"],
            "has_time": True,
        },
    }
    assert "facts" not in DataFolder(data).spec_defaults()
    spec = init(data, tmp_path / "spec.json")
    assert spec["model"]["max_sequence_length"] == 150
    assert spec["data"]["tie_column"] == "timestamp"
    spec = init(data, tmp_path / "short.json", "--set", "model.max_sequence_length=20")
    assert spec["model"]["max_sequence_length"] == 20


def test_short_histories_without_ties_leave_a_spec_as_it_would_be(tmp_path):
    data, _, defaults = folder(tmp_path, range(9))
    assert defaults["model"] == {"max_sequence_length": 50}
    assert defaults["data"] == {}
    before = init(data, tmp_path / "spec.json")
    (data / "defaults.json").unlink()
    assert init(data, tmp_path / "other.json") == before


def test_lengths_are_counted_over_all_buckets(tmp_path, monkeypatch):
    lengths = [3 + user % 90 for user in range(200)]
    rows = [f"{user},{user % 7},{n}" for user, size in enumerate(lengths) for n in range(size)]
    file = tmp_path / "log.csv"
    file.write_text("\n".join(["user,item,timestamp", *rows]))
    one = prepare(file, tmp_path / "one")["lengths"]
    monkeypatch.setattr(buckets, "BUCKET_EVENTS", 500)
    several = prepare(file, tmp_path / "several")["lengths"]
    held = sum(min(size - 2, one["max_sequence_length"]) for size in lengths)
    assert several == one
    assert one["longest"] == 90
    assert one["held"] == pytest.approx(held / sum(size - 2 for size in lengths), abs=5e-4)


def test_items_without_events_are_measured_where_they_are_kept(tmp_path):
    log, items = tmp_path / "log.csv", tmp_path / "items.csv"
    log.write_text("user,item,timestamp\n" + "".join(f"u,{n},{n}\n" for n in range(9)))
    items.write_text("item,kind\n" + "".join(f"{n},{n % 2}\n" for n in range(12)))
    specs, suggestions = {}, {}
    for name, all_items in (("some", False), ("all", True)):
        data = tmp_path / name
        prepare(log, data, items=items, item_features="kind:categorical", all_items=all_items)
        suggestions[name] = DataFolder(data).spec_defaults()
        specs[name] = init(data, tmp_path / f"{name}.json")
    assert suggestions["all"].pop("trainer") == {"metrics": {"cold": "items.parquet:count"}}
    assert suggestions["some"].pop("trainer") == {}
    assert suggestions["all"] == suggestions["some"]
    assert specs["all"]["trainer"].pop("metrics") == {"cold": "items.parquet:count"}
    assert specs["all"]["trainer"] == specs["some"]["trainer"]
