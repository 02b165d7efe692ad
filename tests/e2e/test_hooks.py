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
SEQREC = [sys.executable, "-c", "from seqrec_core.cli import main; main()"]
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
TABLE = "body.embedder.feature_embedders.item_id."


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The plugin in `site`, data and a spec beside it."""
    folder = tmp_path_factory.mktemp("hooks")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    options = ["--no-deps", "--no-build-isolation", "--target", str(folder / "site")]
    subprocess.run([*pip, *options, str(EXAMPLE)], check=True, timeout=120)
    done = seqrec(folder, "data", "synth", "--out", "data", *SMALL)
    assert done.returncode == 0, done.stderr
    done = seqrec(folder, "init", "sasrec", "--data", "data", "--out", "spec.json", *SET)
    assert done.returncode == 0, done.stderr
    return folder


def seqrec(folder, *arguments, **variables):
    env = os.environ | {"PYTHONPATH": str(folder / "site"), "OMP_NUM_THREADS": "1"} | variables
    return subprocess.run(
        [*SEQREC, *arguments], cwd=folder, env=env, capture_output=True, text=True, timeout=120
    )


def counted(done):
    """Parameters, and those that are trained, as `seqrec count` tells them."""
    assert done.returncode == 0, done.stderr
    return [int(number.replace(",", "")) for number in re.findall(r"[\d,]*\d", done.stdout)]


@pytest.fixture(scope="module")
def posted(folder):
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
        variables = {"ACME_RUNS": address, "ACME_FREEZE": TABLE}
        done = seqrec(folder, "fit", "spec.json", "--out", "run", **variables)
        server.shutdown()
    assert done.returncode == 0, done.stderr
    return received


def test_a_plugin_adds_a_command(folder):
    assert "Count the parameters of a spec's model." in seqrec(folder, "--help").stdout
    total, trained = counted(seqrec(folder, "count", "spec.json"))
    assert total == trained > 0


def test_a_plugin_freezes_a_layer_after_build(folder):
    total, trained = counted(seqrec(folder, "count", "spec.json", ACME_FREEZE=TABLE))
    features = json.loads((folder / "spec.json").read_text())["schema"]["features"]
    (items,) = (f["cardinality"] for f in features if f.get("hint") == "item_id")
    assert total - trained == (items + 1) * 8  # a row for padding, too


def test_what_is_frozen_stays_in_training(folder, posted):
    seqrec(folder, "build", "spec.json", "--out", "untrained")
    before, after = (load_file(folder / run / "model.safetensors") for run in ("untrained", "run"))
    same = {name for name in before if (before[name] == after[name]).all()}
    assert {name for name in before if name.startswith(TABLE)} <= same
    assert len(same) < len(before)


def test_a_freeze_that_matches_nothing_is_an_error_that_names_the_plugin(folder):
    done = seqrec(folder, "count", "spec.json", ACME_FREEZE="nothing.")
    assert done.returncode == 2
    assert "seqrec_model_built of acme-hooks:freeze failed: ValueError: ACME_FREEZE" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_plugin_rejects_a_spec_by_policy(folder):
    done = seqrec(folder, "validate", "spec.json", "--set", "model.embedding_dim=512")
    assert done.returncode == 2
    assert done.stderr == (
        "model.embedding_dim: 512 is more than 256, which our servers hold; choose less\n"
    )
    assert seqrec(folder, "validate", "spec.json").returncode == 0


def test_a_plugin_pushes_finished_runs(folder, posted):
    (run,) = posted
    assert run["run"] == "run"
    assert run["metrics"] == json.loads((folder / "run" / "metrics.json").read_text())
    assert run["spec"]["model"]["type"] == "seqrec-model-sasrec:sasrec"


def test_a_run_that_cannot_be_pushed_is_complete_all_the_same(folder):
    nowhere = "http://127.0.0.1:9/runs"
    done = seqrec(folder, "fit", "spec.json", "--out", "alone", ACME_RUNS=nowhere)
    assert done.returncode == 0, done.stderr
    assert f"warning: alone was not published to {nowhere}" in done.stderr
    assert (folder / "alone" / "report.html").is_file()


def test_the_allow_list_leaves_its_listeners_out(folder):
    done = seqrec(folder, "count", "spec.json", SEQREC_ALLOW="seqrec-trainer-lightning")
    assert done.returncode == 2
    assert "'count' comes from acme-hooks, which the allow list leaves out" in done.stderr
    done = seqrec(folder, "--allow-dist", "acme-hooks", "count", "--help")
    assert done.returncode == 0, done.stderr


def test_strict_turns_warnings_about_plugins_into_errors(folder):
    broken = folder / "broken"
    info = broken / "acme_broken-0.1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-broken\nVersion: 0.1.0\n")
    (info / "entry_points.txt").write_text("[seqrec.hooks]\nbroken = acme_broken.hooks\n")
    paths = {"PYTHONPATH": f"{folder / 'site'}{os.pathsep}{broken}"}
    done = seqrec(folder, "validate", "spec.json", **paths)
    assert done.returncode == 0
    assert done.stderr.startswith("warning: the hooks of acme-broken (acme_broken.hooks)")
    done = seqrec(folder, "--strict", "validate", "spec.json", **paths)
    assert done.returncode == 2
    assert done.stderr.startswith("error: the hooks of acme-broken (acme_broken.hooks)")
