"""A short form of tests/attacks/fuzz_specs.py."""

import importlib.util
import sys
from pathlib import Path

import pytest

ATTACKS = Path(__file__).parents[2] / "attacks"


@pytest.mark.filterwarnings("ignore")
def test_documents_that_mean_little_are_refused_in_time(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(ATTACKS))
    path = ATTACKS / "fuzz_specs.py"
    spec = importlib.util.spec_from_file_location("fuzz_specs", path)
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setattr(sys, "path", [*sys.path])
    spec.loader.exec_module(module)
    outcome = module.fuzz(tmp_path, 300, seed=1)
    assert outcome.right == outcome.tried == 300, outcome.failures
