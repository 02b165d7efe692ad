"""The plugins of docs/examples: each began as `seqrec plugins new` and passes its own tests."""

import contextlib
import os
import subprocess
import sys
from pathlib import Path

import pytest
from flit_core import buildapi
from seqrec_tool_authoring.scaffold.project import write_project

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
BEGUN = {
    "seqrec-loss-gbce": ("gbce", "loss", "gbce"),
    "seqrec-encoder-gru": ("gru", "encoder", "gru"),
    "seqrec-callback-coverage": ("coverage-csv", "callback", "coverage"),
}


@pytest.mark.parametrize("project", BEGUN)
def test_all_but_the_code_is_what_new_wrote(tmp_path, project):
    name, kind, family = BEGUN[project]
    folder = write_project(name, kind, tmp_path, family=family)
    places = {path.relative_to(folder) for path in folder.rglob("*") if path.is_file()}
    assert folder.name == project
    for place in places:
        assert (EXAMPLES / project / place).is_file(), place
        if place.suffix != ".py":
            assert (EXAMPLES / project / place).read_text() == (folder / place).read_text(), place


@pytest.mark.slow
def test_they_pass_their_own_tests(tmp_path):
    site = tmp_path / "site"
    site.mkdir()
    for project in BEGUN:
        with contextlib.chdir(EXAMPLES / project):
            buildapi.prepare_metadata_for_build_wheel(str(site))
        package = project.replace("-", "_")
        (site / package).symlink_to(EXAMPLES / project / package)
    env = os.environ | {"PYTHONPATH": str(site), "PYTHONDONTWRITEBYTECODE": "1"}
    options = ["-q", "--import-mode=importlib", "-p", "no:cacheprovider", "-W", "error", "-c"]
    process = subprocess.run(
        [sys.executable, "-m", "pytest", *options, os.devnull, *(EXAMPLES / p for p in BEGUN)],
        cwd=tmp_path,
        env=env | {"OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
    )
    assert process.returncode == 0, process.stdout[-5000:] + process.stderr
    assert "2 xfailed" in process.stdout  # the declared exceptions of the GRU
    assert "skipped" not in process.stdout
