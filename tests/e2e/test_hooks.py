"""The example plugin of docs/hooks.md, installed, has each of its four effects."""

import json
import os
import re
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from safetensors.numpy import load_file

pytestmark = pytest.mark.slow
EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "hooks"
SMALL = ["--users", "200", "--items", "100", "--clusters", "5", "--events-per-user", "10"]
SET = [
    word
    for change in (
        "model.embedding_dim=8",
        "model.num_heads=2",
        "model.max_sequence_length=8",
        "trainer.max_epochs=1",
    )
    for word in ("--set", change)
]
COUNT = ("count", "spec.json")
VALIDATE = ("validate", "spec.json")
TABLE = "body.embedder.feature_embedders.item_id."


@pytest.fixture(scope="module")
def folder(tmp_path_factory, in_turn):
    """The plugin in `site`, data, a spec and an untrained bundle beside it."""
    folder = tmp_path_factory.mktemp("hooks")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    options = ["--no-deps", "--no-build-isolation", "--target", str(folder / "site")]
    subprocess.run([*pip, *options, str(EXAMPLE)], check=True)
    commands = (
        ("data", "synth", "--out", "data", *SMALL),
        ("init", "sasrec", "--data", "data", "--out", "spec.json", *SET),
        ("build", "spec.json", "--out", "untrained"),
    )
    assert [said.errors for said in in_turn(commands, folder=folder) if said.code] == []
    return folder


@pytest.fixture(scope="module")
def seqrec(folder, in_turn):
    """Runs commands with the plugin and these variables; gives what each said."""

    def run(*commands, **variables):
        path = {"PYTHONPATH": str(folder / "site")}
        return in_turn(commands, folder=folder, **path | variables)

    return run


def counted(said):
    """Parameters, and those that are trained, as `seqrec count` tells them."""
    assert said.code == 0, said.errors
    return [int(number.replace(",", "")) for number in re.findall(r"[\d,]*\d", said.output)]


@pytest.fixture(scope="module")
def posted(seqrec):
    """What a run with all listeners at work sent to the address of runs."""
    received = []

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self):
            received.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Receiver) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}/runs"
        fit = ("fit", "spec.json", "--out", "run")
        [said] = seqrec(fit, ACME_RUNS=address, ACME_FREEZE=TABLE)
        server.shutdown()
    assert said.code == 0, said.errors
    return received


def test_a_plugin_adds_a_command_and_rejects_a_spec_by_policy(seqrec):
    large = (*VALIDATE, "--set", "model.embedding_dim=512")
    help, count, rejected, validated = seqrec(("--help",), COUNT, large, VALIDATE)
    assert "Count the parameters of a spec's model." in help.output
    total, trained = counted(count)
    assert total == trained > 0
    assert rejected.code == 2
    assert rejected.errors == (
        "model.embedding_dim: 512 is more than 256, which our servers hold; choose less\n"
    )
    assert validated.code == 0


def test_a_plugin_freezes_a_layer_after_build(folder, seqrec):
    [count] = seqrec(COUNT, ACME_FREEZE=TABLE)
    total, trained = counted(count)
    features = json.loads((folder / "spec.json").read_text())["schema"]["features"]
    (items,) = (f["cardinality"] for f in features if f.get("hint") == "item_id")
    assert total - trained == (items + 1) * 8  # a row for padding, too


def test_what_is_frozen_stays_in_training(folder, posted):
    before, after = (load_file(folder / run / "model.safetensors") for run in ("untrained", "run"))
    same = {name for name in before if (before[name] == after[name]).all()}
    assert {name for name in before if name.startswith(TABLE)} <= same
    assert len(same) < len(before)


def test_a_freeze_that_matches_nothing_is_an_error_that_names_the_plugin(seqrec):
    [count] = seqrec(COUNT, ACME_FREEZE="nothing.")
    assert count.code == 2
    fault = "seqrec_change_model of acme-hooks:freeze failed: ValueError: ACME_FREEZE"
    assert fault in count.errors
    assert "Traceback" not in count.errors


def test_a_plugin_pushes_finished_runs(folder, posted):
    (run,) = posted
    assert run["run"] == "run"
    assert run["metrics"] == json.loads((folder / "run" / "metrics.json").read_text())
    assert run["spec"]["model"]["type"] == "seqrec-model-sasrec:sasrec"


def test_a_run_that_cannot_be_pushed_is_complete_all_the_same(folder, seqrec):
    nowhere = "http://127.0.0.1:9/runs"
    [fit] = seqrec(("fit", "spec.json", "--out", "alone"), ACME_RUNS=nowhere)
    assert fit.code == 0, fit.errors
    assert f"warning: alone was not published to {nowhere}" in fit.errors
    assert (folder / "alone" / "report.html").is_file()


def test_the_allow_list_leaves_its_listeners_out(seqrec):
    allowed = ("--allow-dist", "acme-hooks", "count", "--help")
    [left_out] = seqrec(COUNT, SEQREC_ALLOW="seqrec-trainer-lightning")
    [used] = seqrec(allowed)
    assert left_out.code == 2
    assert "'count' comes from acme-hooks, which the allow list leaves out" in left_out.errors
    assert used.code == 0, used.errors


def test_strict_turns_warnings_about_plugins_into_errors(folder, seqrec):
    broken = folder / "broken"
    info = broken / "acme_broken-0.1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-broken\nVersion: 0.1.0\n")
    (info / "entry_points.txt").write_text("[seqrec.hooks]\nbroken = acme_broken.hooks\n")
    path = f"{folder / 'site'}{os.pathsep}{broken}"
    warned, strict = seqrec(VALIDATE, ("--strict", *VALIDATE), PYTHONPATH=path)
    assert warned.code == 0
    assert warned.errors.startswith("warning: the hooks of acme-broken (acme_broken.hooks)")
    assert strict.code == 2
    assert strict.errors.startswith("error: the hooks of acme-broken (acme_broken.hooks)")
