"""The tree declares one lower bound for each thing it requires."""

import runpy
from pathlib import Path

import pytest

SCRIPT = runpy.run_path(str(Path(__file__).with_name("constraints.py")))
PROJECT = """
[project]
name = "{name}"
dependencies = ["{requirement}", "seqrec-core>=0.1,<0.2", "torch>=2.5"]
"""


@pytest.fixture
def tree(tmp_path):
    """Writes the core and a plugin that require these, and gives their bounds by name."""

    def write(core, plugin):
        folder = tmp_path / "plugins" / "loss" / "acme"
        folder.mkdir(parents=True)
        for place, requirement in ((tmp_path, core), (folder, plugin)):
            text = PROJECT.format(name=place.name, requirement=requirement)
            (place / "pyproject.toml").write_text(text)
        return SCRIPT["lowest_bounds"](tmp_path)

    return write


def test_no_requirement_of_the_tree_has_two_lower_bounds_or_none():
    bounds = SCRIPT["lowest_bounds"](SCRIPT["ROOT"])
    assert {"attrs", "typer", "numpy", "pytest"} <= bounds.keys()
    assert {name: places for name, places in bounds.items() if len(places) > 1} == {}
    assert not any("no lower bound" in places for places in bounds.values())


def test_two_bounds_are_told_apart_with_their_files(tree):
    bounds = tree("attrs>=24.3,<30", "attrs>=24.2")
    assert bounds == {
        "attrs": {"24.3": ["pyproject.toml"], "24.2": ["plugins/loss/acme/pyproject.toml"]}
    }
    assert SCRIPT["describe"](bounds["attrs"]) == (
        "24.2 in plugins/loss/acme/pyproject.toml; 24.3 in pyproject.toml"
    )


def test_names_are_compared_as_pip_does_and_a_missing_bound_is_told(tree):
    bounds = tree("Py.Arrow>=21", "py_arrow")
    assert bounds["py-arrow"].keys() == {"21", "no lower bound"}


@pytest.mark.parametrize(("minor", "version"), [(11, "1.26"), (13, "2.1.0"), (14, "2.3.2")])
def test_a_python_that_came_later_takes_the_first_version_with_wheels(monkeypatch, minor, version):
    monkeypatch.setattr("sys.version_info", type("Version", (), {"major": 3, "minor": minor}))
    assert SCRIPT["at_least"]("numpy", "1.26") == version
    assert SCRIPT["at_least"]("numpy", "99") == "99"
    assert SCRIPT["at_least"]("attrs", "24.3") == "24.3"
