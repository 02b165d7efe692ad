"""A fit that is killed at some of its file operations; tests/attacks/kill_points.py does all."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ATTACKS = Path(__file__).parents[3] / "attacks"
CODE = """
import sys
from pathlib import Path
from kill_points import points
outcome = points(Path(sys.argv[1]), stride=24)
assert outcome.tried > 5, outcome
assert outcome.tried == outcome.right, outcome.failures
"""


@pytest.mark.slow
def test_a_fit_that_is_killed_at_a_file_operation_goes_on_to_the_same_end(tmp_path):
    environment = os.environ | {"PYTHONPATH": str(ATTACKS), "OMP_NUM_THREADS": "1"}
    subprocess.run([sys.executable, "-c", CODE, tmp_path], env=environment, check=True)
