"""Preparing data and writing, checking and describing specs needs no torch, nor imports it."""

import json
import os
import subprocess
import sys

import pytest

EVENTS = "user,item,time\n" + "".join(
    f"u{user},i{(user + step) % 7},{step}\n" for user in range(12) for step in range(6)
)
COLUMNS = ("--user", "user", "--item", "item", "--timestamp", "time")
SMALL = ("--users", "50", "--items", "60", "--events-per-user", "10")
COMMANDS = (
    ("--help",),
    ("plugins", "list"),
    ("plugins", "show", "model", "sasrec"),
    ("data", "synth", "--out", "synthetic", *SMALL),
    ("data", "prepare", "events.csv", "--out", "data", *COLUMNS),
    ("init", "sasrec", "--data", "data", "--out", "spec.json"),
    ("validate", "spec.json"),
    ("resolve", "spec.json"),
    ("schema",),
)
IN_ONE_PROCESS = """
import contextlib, io, json, sys
from seqrec_core.cli import app
outputs = []
for arguments in json.loads(sys.argv[1]):
    with contextlib.redirect_stdout(io.StringIO()) as output, contextlib.suppress(SystemExit):
        app(arguments, standalone_mode=False)
    outputs.append(output.getvalue())
json.dump({"outputs": outputs, "modules": list(sys.modules)}, sys.stdout)
"""


@pytest.fixture(scope="module")
def process(tmp_path_factory):
    """What the commands print, one after another in a fresh process, and what it has imported."""
    folder = tmp_path_factory.mktemp("torch_free")
    (folder / "events.csv").write_text(EVENTS)
    done = subprocess.run(
        [sys.executable, "-c", IN_ONE_PROCESS, json.dumps(COMMANDS)],
        capture_output=True,
        text=True,
        cwd=folder,
        env=os.environ | {"COLUMNS": "200"},
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_every_command_does_its_part(process):
    outputs = dict(zip(COMMANDS, process["outputs"], strict=True))
    assert "Train the model of a spec" in outputs["--help",]
    assert "seqrec-loss-ce" in outputs["plugins", "list"]
    assert outputs["validate", "spec.json"] == "spec.json: ok\n"
    resolved = json.loads(outputs["resolve", "spec.json"])
    assert resolved["model"]["type"] == "seqrec-model-sasrec:sasrec"
    assert json.loads(outputs["schema",])["title"] == "seqrec spec"


def test_none_imports_torch(process):
    assert {"torch", "lightning", "matplotlib"}.isdisjoint(process["modules"])
    assert "seqrec_core" in process["modules"]
