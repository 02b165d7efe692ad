"""What `seqrec show` says of a run, against the files themselves and a model that is built."""

import csv
import json
import re
import shutil
from pathlib import Path

import pytest
from command_line import modules_after
from seqrec_tool_run.run_facts import facts_tables, run_facts

from seqrec_core.bundle import Bundle
from seqrec_core.errors import BundleError, DataError, SpecError
from seqrec_core.terminal import console

STORED = Path(__file__).parents[3] / "core" / "bundles" / "trained"
DISTRIBUTIONS = ("seqrec-loss-ce", "seqrec-model-sasrec", "seqrec-trainer-lightning")


@pytest.fixture
def stored(tmp_path):
    """A copy of a run that version 0.1.0 trained, and of its data."""
    return shutil.copytree(STORED, tmp_path / "runs") / "sasrec"


def test_a_run_of_today_is_told_as_its_files_have_it(run, folder):
    facts = run_facts(run)
    metrics = json.loads((run / "metrics.json").read_text())
    rows = list(csv.DictReader((run / "logs" / "history.csv").read_text().splitlines()))
    best = max(rows, key=lambda row: float(row[facts["monitor"]]))
    assert facts["epochs"] == float(rows[-1]["epoch"])
    assert facts["best_epoch"] == float(best["epoch"])
    assert facts["best_value"] == pytest.approx(float(best[facts["monitor"]]))
    assert facts["metrics"] == {name: x for name, x in metrics.items() if name != "epoch"}
    assert facts["data"] == str(folder)
    assert facts["data_is_there"]
    assert facts["parameters"] == sum(p.numel() for p in Bundle.load(run).model.parameters())
    assert facts["bytes"] == sum(f.stat().st_size for f in run.rglob("*") if f.is_file())
    assert {entry["code"] for entry in facts["distributions"].values()} == {"same"}


def test_other_code_and_missing_distributions_are_told_apart(stored):
    lock = json.loads((stored / "spec.lock.json").read_text())
    entry = {"version": "3.1", "digest": "sha256:0"}
    lock["distributions"]["acme-gone"] = entry
    (stored / "spec.lock.json").write_text(json.dumps(lock))
    distributions = run_facts(stored)["distributions"]
    for name in DISTRIBUTIONS:
        assert distributions[name]["version"] == "0.1.0"
        assert distributions[name]["code"] == "other"  # see the README beside the stored runs
    assert distributions["acme-gone"] == {
        "version": "3.1",
        "installed": None,
        "code": "not installed",
    }


def test_an_old_run_is_told_too(stored):
    facts = run_facts(stored)
    assert facts["settings"]["embedding_dim"] == 8
    assert facts["settings"]["loss"] == "ce_sampled"
    assert (facts["items"], facts["seed"], facts["epochs"]) == (30, 42, 2)
    assert (facts["monitor"], facts["best_epoch"]) == ("ndcg@10", 2)
    assert facts["postprocessors"] == ["seqrec-postprocessor-seen:seen_items"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", facts["written"])


def test_a_run_whose_plugins_are_gone_is_told_without_what_only_they_know(stored):
    text = (stored / "spec.lock.json").read_text()
    (stored / "spec.lock.json").write_text(text.replace("seqrec-model-sasrec:", "acme-model:"))
    shutil.rmtree(stored.parent / "data")
    shutil.rmtree(stored / "logs")
    facts = run_facts(stored)
    assert facts["model"] == "acme-model:sasrec"
    assert (facts["monitor"], facts["best_value"], facts["epochs"]) == (None, None, None)
    assert not facts["data_is_there"]
    screen = console()
    with screen.capture() as capture:
        screen.print(*facts_tables(facts))
    assert "data (not there)" in " ".join(capture.get().split())


@pytest.mark.parametrize("name", ["spec.lock.json", "model.safetensors"])
def test_a_folder_that_is_no_run_is_named(stored, name):
    (stored / name).unlink()
    with pytest.raises(BundleError, match=f"is no run: it has no {name}; name the --out of"):
        run_facts(stored)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("model.safetensors", "no weights"),
        ("spec.lock.json", '{"seqrec": 2, "model": {}}'),
        ("spec.lock.json", "{"),
        ("metrics.json", "["),
        ("logs/history.csv", "epoch,step\nfirst,second"),
    ],
)
def test_a_damaged_file_is_named(stored, name, text):
    (stored / name).write_text(text)
    with pytest.raises((BundleError, DataError, SpecError), match=name):
        run_facts(stored)


def test_show_prints_tables_or_json(seqrec, run):
    text = seqrec("show", run)
    for words in ("parameters", "best epoch", "validate, full catalogue", "distribution", "same"):
        assert words in text
    facts = json.loads(seqrec("show", run, "--json"))
    assert facts == run_facts(run)
    assert f"{facts['parameters']:,}" in text


def test_show_imports_no_torch():
    [modules] = modules_after(["show", STORED / "sasrec"])
    assert "torch" not in modules
    assert "pyarrow" not in modules
