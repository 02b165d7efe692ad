"""Plugins of every kind, as `seqrec plugins new` writes them, pass their own tests untouched."""

import os
import subprocess
import sys

import pytest
from seqrec_tool_authoring.scaffold.project import write_project

from seqrec_core.spec import KINDS

pytestmark = pytest.mark.slow
NAMES = {kind: f"seqrec-{kind.replace('_', '-')}-acme" for kind in KINDS}
ALONE = "acme-new"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A family of two of every kind in `projects`, and one that is alone, installed in `site`."""
    folder = tmp_path_factory.mktemp("new")
    write_project(ALONE, "encoder", folder / "projects")
    for kind in KINDS:
        for name in ("one", "other"):
            write_project(name, kind, folder / "projects", family="acme")
    projects = map(str, sorted((folder / "projects").iterdir()))
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    options = ["--no-deps", "--no-build-isolation", "--target", str(folder / "site")]
    subprocess.run([*pip, *options, *projects], check=True)
    return folder


def test_they_pass_their_own_tests(folder):
    options = ["-q", "--import-mode=importlib", "-p", "no:cacheprovider", "-W", "error"]
    process = subprocess.run(
        [sys.executable, "-m", "pytest", *options, ALONE, *NAMES.values()],
        capture_output=True,
        text=True,
        cwd=folder / "projects",
        env=os.environ | {"PYTHONPATH": str(folder / "site"), "OMP_NUM_THREADS": "1"},
    )
    assert process.returncode == 0, process.stdout[-5000:] + process.stderr
    assert "skipped" not in process.stdout
    assert "xfailed" not in process.stdout


def test_they_are_listed_and_the_doctor_has_nothing_to_say_of_them(folder, in_turn):
    commands = [("plugins", "list"), ("plugins", "doctor")]
    listing, doctor = in_turn(commands, folder=folder, PYTHONPATH=str(folder / "site"))
    rows = {tuple(line.split()) for line in listing.output.splitlines() if "acme" in line}
    pairs = {(kind, name) for kind in KINDS for name in ("one", "other")}
    expected = {(kind, name, NAMES[kind], "0.1.0", "ok") for kind, name in pairs}
    assert rows == expected | {("encoder", "new", ALONE, "0.1.0", "ok")}
    assert "acme" not in doctor.output
