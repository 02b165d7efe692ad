"""Plugins of every kind, as `seqrec plugins new` writes them, pass every check untouched."""

import json
import os
import subprocess
import sys

import pytest
from seqrec_tool_authoring.scaffold.project import add_component, write_project

from seqrec_core.session import registry

pytestmark = pytest.mark.slow
ALONE, EVERYTHING, FAMILY = "acme-lstm", "acme-everything", "seqrec-loss-acme"
COMPONENTS = {kind: f"our_{kind}" for kind in registry.kinds()}
PIP = (sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """One alone, a family of two, and one of every kind together, installed in `site`."""
    folder = tmp_path_factory.mktemp("new")
    write_project(ALONE, "encoder", folder / "projects", component="running_mean")
    for name in ("one", "other"):
        write_project(name, "loss", folder / "projects", family="acme")
    first, *others = COMPONENTS.items()
    root = write_project(EVERYTHING, first[0], folder / "projects", component=first[1])
    for kind, name in others:
        add_component(name, kind, root)
    projects = map(str, sorted((folder / "projects").iterdir()))
    options = ["--no-deps", "--no-build-isolation", "--target", str(folder / "site")]
    subprocess.run([*PIP, *options, *projects], check=True)
    return folder


def run(folder, *command, cwd="projects"):
    """What a Python module says, run with what is installed."""
    process = subprocess.run(
        [sys.executable, "-m", *command],
        capture_output=True,
        text=True,
        cwd=folder / cwd,
        env=os.environ | {"PYTHONPATH": str(folder / "site"), "OMP_NUM_THREADS": "1"},
    )
    assert process.returncode == 0, process.stdout[-5000:] + process.stderr
    return process.stdout


def test_they_pass_their_own_tests(folder):
    options = ["-q", "--import-mode=importlib", "-p", "no:cacheprovider", "-W", "error"]
    said = run(folder, "pytest", *options, ALONE, EVERYTHING, FAMILY)
    assert "skipped" not in said
    assert "xfailed" not in said


def test_types_and_format_have_no_fault(folder):
    packages = [path.name for path in (folder / "site").iterdir() if (path / "py.typed").is_file()]
    assert len(packages) == 3
    asked = [word for name in packages for word in ("--package", name)]
    run(folder, "mypy", "--strict", "--config-file=", *asked, cwd="site")
    for project in (ALONE, EVERYTHING, FAMILY):
        run(folder, "ruff", "check", "--no-cache", ".", cwd=f"projects/{project}")
        run(folder, "ruff", "format", "--no-cache", "--check", ".", cwd=f"projects/{project}")


def test_they_are_listed_and_the_doctor_has_nothing_to_say_of_them(folder, in_turn):
    commands = [("plugins", "list"), ("plugins", "doctor")]
    listing, doctor = in_turn(commands, folder=folder, PYTHONPATH=str(folder / "site"))
    rows = {tuple(line.split()) for line in listing.output.splitlines() if "acme" in line}
    assert rows == {
        ("encoder", "running_mean", ALONE, "0.1.0", "ok"),
        *(("loss", name, FAMILY, "0.1.0", "ok") for name in ("one", "other")),
        *((kind, name, EVERYTHING, "0.1.0", "ok") for kind, name in COMPONENTS.items()),
    }
    assert "acme" not in doctor.output


SMALL = ["--users", "80", "--items", "40", "--clusters", "4", "--events-per-user", "10"]
PARTS = {
    "data": {"type": "acme-everything:our_datamodule", "folder": "data", "batch_size": 64},
    "trainer": {
        "type": "acme-everything:our_trainer",
        "max_epochs": 2,
        "optimizer": {"type": "acme-everything:our_optimizer", "lr": 0.5},
    },
    "trackers": [{"type": "acme-everything:our_tracker"}],
}
WITHIN = {
    "our_model": {
        "model.loss": {"type": "seqrec-loss-acme:other"},
        "model.head": {"type": "acme-everything:our_head", "temperature": 0.5},
    },
    "sasrec": {
        "model.num_heads": 1,
        "model.num_blocks": 1,
        "model.embedding_dim": 8,
        "model.embedder": {"type": "acme-everything:our_embedder"},
        "model.aggregator": {"type": "acme-everything:our_aggregator"},
        "model.mask": {"type": "acme-everything:our_mask"},
        "model.encoder": {"type": "acme-lstm:running_mean"},
        "model.norm": {"type": "acme-everything:our_norm"},
    },
}


@pytest.mark.parametrize("model", WITHIN)
def test_every_command_runs_with_them(folder, in_turn, model):
    """No part of the run is ours but SasRec, and its data are ready."""
    place = folder / model
    place.mkdir()
    parts = PARTS | WITHIN[model]
    sets = [word for key in parts for word in ("--set", f"{key}={json.dumps(parts[key])}")]
    commands = [
        ("data", "synth", "--out", "data", *SMALL),
        ("init", model, "--data", "data", "--out", "spec.json", *sets),
        ("fit", "spec.json", "--out", "run"),
        ("evaluate", "run"),
        ("predict", "run", "--out", "recommendations.parquet"),
        ("recommend", "run", "item-01", "item-02"),
    ]
    said = in_turn(commands, folder=place, PYTHONPATH=str(folder / "site"))
    for command, done in zip(commands, said, strict=True):
        assert done.code == 0, f"{command}: {done.output}{done.errors}"
    assert "test/ndcg@10" in json.loads((place / "run" / "metrics.json").read_text())
    last = (place / "run" / "logs" / "our_tracker.jsonl").read_text().splitlines()[-1]
    assert json.loads(last) == {"state": "finished"}
