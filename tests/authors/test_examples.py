"""The plugins of docs/examples: small, each in the form of `new`, each green in its own tests."""

import contextlib
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from flit_core import buildapi
from seqrec_tool_authoring.scaffold.project import write_project

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
sys.path.insert(0, str(Path(__file__).parent))
from projects import AS_NEW, PROJECTS, lines  # noqa: E402

ALL = sorted([*AS_NEW, *(project for projects in PROJECTS.values() for project in projects)])
BEGUN = {
    "acme-focal": ("acme-focal", "loss", None),
    "acme-lstm": ("acme-lstm", "encoder", None),
    "seqrec-callback-coverage": ("coverage-csv", "callback", "coverage"),
}
MORE = {"seqrec-callback-coverage": '    "lightning>=2.6",\n'}  # what the author declared besides


@pytest.mark.parametrize("project", BEGUN)
def test_all_but_the_code_is_what_new_wrote(tmp_path, project):
    name, kind, family = BEGUN[project]
    folder = write_project(name, kind, tmp_path, family=family)
    places = {path.relative_to(folder) for path in folder.rglob("*") if path.is_file()}
    assert folder.name == project
    for place in places:
        assert (EXAMPLES / project / place).is_file(), place
        if place.suffix != ".py":
            text = (EXAMPLES / project / place).read_text()
            assert text.replace(MORE.get(project, "\0"), "") == (folder / place).read_text(), place


@pytest.mark.parametrize("project", AS_NEW)
def test_a_page_shows_what_new_writes(tmp_path, project):
    folder = write_project(project, AS_NEW[project], tmp_path)
    for path in folder.rglob("*"):
        if path.is_file():
            place = path.relative_to(folder)
            assert (EXAMPLES / project / place).read_text() == path.read_text(), place


@pytest.mark.parametrize("project", ALL)
def test_it_is_a_distribution_of_at_most_150_lines(project):
    folder = EXAMPLES / project
    assert lines(folder) <= 150
    assert len(list(folder.glob("*_*/py.typed"))) == 1
    assert {"pyproject.toml", "README.md", "tests"} <= {path.name for path in folder.iterdir()}
    numeric = [path for path in folder.glob("tests/test_*.py") if path.stem != "test_conformance"]
    assert numeric, "it has no numeric test"
    assert (folder / "tests" / "test_conformance.py").is_file()


def test_nobody_but_the_callback_of_lightning_imports_it():
    importing = {
        path.relative_to(EXAMPLES).parts[0]
        for project in ALL
        for path in (EXAMPLES / project).glob("*_*/*.py")
        if re.search(r"^\s*(import|from) lightning", path.read_text(), re.MULTILINE)
    }
    assert importing == {"seqrec-callback-coverage"}


@pytest.mark.slow
def test_they_pass_their_own_tests(tmp_path):
    site = tmp_path / "site"
    site.mkdir()
    for project in ALL:
        with contextlib.chdir(EXAMPLES / project):
            buildapi.prepare_metadata_for_build_wheel(str(site))
        package = project.replace("-", "_")
        (site / package).symlink_to(EXAMPLES / project / package)
    env = os.environ | {"PYTHONPATH": str(site), "PYTHONDONTWRITEBYTECODE": "1"}
    options = ["-q", "--import-mode=importlib", "-p", "no:cacheprovider", "-W", "error", "-c"]
    process = subprocess.run(
        [sys.executable, "-m", "pytest", *options, os.devnull, *(EXAMPLES / p for p in ALL)],
        cwd=tmp_path,
        env=env | {"OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
    )
    assert process.returncode == 0, process.stdout[-5000:] + process.stderr
    assert "3 xfailed" in process.stdout  # the declared exceptions of the LSTM and of BERT4Rec
    assert "skipped" not in process.stdout
