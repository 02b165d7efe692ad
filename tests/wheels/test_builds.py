"""Builds of a wheel, from copies that differ in all but content, are equal byte for byte."""

import runpy
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[1] / "attacks" / "builds.py"


@pytest.fixture
def builds(monkeypatch):
    monkeypatch.syspath_prepend(SCRIPT.parent)
    return runpy.run_path(str(SCRIPT))


def test_two_builds_of_a_wheel_are_equal(builds, tmp_path):
    assert builds["difference"](builds["ROOT"] / "plugins" / "mask" / "causal", tmp_path) == ""


def test_a_build_that_depends_on_times_is_told(builds, tmp_path, monkeypatch):
    times = iter(["1700000000", "1700009999"])
    build = builds["build"]

    def build_now(tree, wheels, umask):
        monkeypatch.setitem(build.__globals__, "EPOCH", next(times))
        return build(tree, wheels, umask)

    monkeypatch.setitem(builds["difference"].__globals__, "build", build_now)
    assert "plugins/mask/causal: (" in builds["difference"](
        builds["ROOT"] / "plugins" / "mask" / "causal", tmp_path
    )
