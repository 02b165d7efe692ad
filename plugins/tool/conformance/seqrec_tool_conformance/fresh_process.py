"""Bundles served where nothing is left of the training: in one fresh process for all of them."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from seqrec_tool_conformance.general import GeneralConformance
from seqrec_tool_conformance.journey import Journey

__all__ = ["assert_served_in_a_fresh_process"]

_SCRIPT = """
import contextlib, io, json, sys
from pathlib import Path
from seqrec_tool_recommend.commands import recommend
from seqrec_tool_run.commands import predict

for job in json.loads(sys.argv[1]):
    fault, command = None, "predict"
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            predict(Path(job["bundle"]), out=Path(job["out"]))
            command = "recommend"
            recommend(Path(job["bundle"]), history=job["history"], user=job["user"])
    except (Exception, SystemExit) as error:
        fault = f"`seqrec {command}` fails: {type(error).__name__}: {error}"
    print(json.dumps(fault))
"""


def assert_served_in_a_fresh_process(*suites: type[GeneralConformance]) -> None:
    """Trains a small recipe with the component of each suite here, and serves it in a new process.

    There is one process for all of them. It predicts and recommends, and what it predicts must be
    what is predicted here. Components must be installed: a new process finds no others. It takes
    some seconds, and half of one for each suite: mark such a test as slow.

        @pytest.mark.slow
        def test_bundles_are_served_elsewhere():
            assert_served_in_a_fresh_process(TestGru, TestDecay)
    """
    with tempfile.TemporaryDirectory() as root:
        journeys = [
            _trained(suite, Path(root) / str(number)) for number, suite in enumerate(suites)
        ]
        faults = [
            fault or _difference(journey)
            for journey, fault in zip(journeys, _served(journeys), strict=True)
        ]
    wrong = [
        f"{suite.__name__}: {fault}" for suite, fault in zip(suites, faults, strict=True) if fault
    ]
    assert not wrong, "\n".join(["in a fresh process", *wrong])


def _trained(suite: type[GeneralConformance], folder: Path) -> Journey:
    folder.mkdir()
    journey = suite().journey(folder)
    try:
        journey.fit()
        journey.predict()
    except AssertionError as cause:
        raise AssertionError(f"{suite.__name__}: {cause}") from cause
    return journey


def _served(journeys: Sequence[Journey]) -> list[str | None]:
    """What went wrong with each in a new process."""
    jobs = [
        {
            "bundle": str(journey.bundle),
            "out": str(_elsewhere(journey)),
            "history": list(journey.history),
            "user": journey.user,
        }
        for journey in journeys
    ]
    run = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", _SCRIPT, json.dumps(jobs)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        capture_output=True,
        text=True,
        check=False,
    )
    lines: list[Any] = [json.loads(line) for line in run.stdout.splitlines()]
    assert len(lines) == len(jobs), f"the process ended early: {run.stderr[-2000:]}"
    return lines


def _elsewhere(journey: Journey) -> Path:
    return journey.folder / "elsewhere.parquet"


def _difference(journey: Journey) -> str | None:
    """How the predictions of the new process differ from those of this one."""
    here, there = pq.read_table(journey.recommendations), pq.read_table(_elsewhere(journey))
    names = ["user", "item", "rank"]
    if not here.select(names).equals(there.select(names)):
        return "`seqrec predict` recommends other items than where the model was trained"
    scores = zip(_floats(here), _floats(there), strict=True)
    if any(abs(one - other) > 1e-4 * max(1.0, abs(one)) for one, other in scores):
        return "`seqrec predict` gives other scores than where the model was trained"
    return None


def _floats(table: pa.Table) -> list[float]:
    floats: list[float] = table["score"].to_pylist()
    return floats
