"""A few of the scenarios of servers.py: forked processes and threads answer as a serial one."""

import runpy
from pathlib import Path

import pytest
from untrained_bundle import written


@pytest.fixture
def outcome_of(monkeypatch):
    script = Path(__file__).with_name("servers.py")
    monkeypatch.syspath_prepend(script.parent)
    return runpy.run_path(str(script))["outcome_of"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("scenario", "answers"),
    [("forked before the first answer", 4), ("forked after it", 5), ("eight threads", 32)],
)
def test_answers_are_those_of_a_serial_recommender(outcome_of, tmp_path, scenario, answers):
    bundle = written(tmp_path, embedding_dim=64, max_sequence_length=50)
    assert outcome_of(scenario, bundle) == (answers, answers, "another answer, or none")
