"""A few of the problems of metrics_anew.py."""

import runpy
from pathlib import Path

import pytest


@pytest.fixture
def script(monkeypatch):
    path = Path(__file__).with_name("metrics_anew.py")
    monkeypatch.syspath_prepend(path.parent)
    return runpy.run_path(str(path))


def test_metrics_of_drawn_scores_are_those_of_their_definitions(script):
    assert max(script["ranked"](seed) for seed in range(30)) < script["CLOSE"]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:.*true items are not among the candidates")  # as drawn
@pytest.mark.parametrize("seed", [0, 1])
def test_numbers_of_runs_are_those_of_their_definitions(script, tmp_path, seed):
    assert script["ran"](seed, tmp_path / "run") < script["CLOSE"]
