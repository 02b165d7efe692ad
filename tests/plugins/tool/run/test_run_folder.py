"""One run a folder: who holds it, who is refused, and what a killed process leaves."""

import io
import json
import os
import signal
import socket
import subprocess
import sys
import time

import pytest
from rich.console import Console
from seqrec_tool_run import run_folder
from seqrec_tool_run.run_folder import FIT, HeldError, RunFolder, is_first_process

from seqrec_core import Bundle

HOLD = """
import sys, time
from pathlib import Path
from rich.console import Console
from seqrec_tool_run.run_folder import RunFolder
with RunFolder(Path(sys.argv[1])).held("fit", Console()):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def other(tmp_path):
    """Another process that holds the folder `run`."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, tmp_path / "run"], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def held(folder, command=FIT):
    said = Console(file=io.StringIO(), width=1000)
    with RunFolder(folder).held(command, said):
        pass
    return said.file.getvalue()


def test_a_second_process_is_refused_and_told_who_holds_the_folder(tmp_path, other):
    expected = rf"process {other.pid} on {socket.gethostname()} \(fit, since .*\) writes in"
    with pytest.raises(HeldError, match=expected):
        held(tmp_path / "run")
    other.kill()
    other.wait()
    assert f"process {other.pid}" in held(tmp_path / "run")
    assert held(tmp_path / "run") == ""
    assert not [*(tmp_path / "run").iterdir()]


def test_one_process_holds_a_folder_once_and_a_child_does_not_hold_it_longer(tmp_path):
    with RunFolder(tmp_path).held(FIT, Console(file=io.StringIO())):
        with pytest.raises(HeldError, match=f"process {os.getpid()} on"):
            held(tmp_path)
        if (child := os.fork()) == 0:
            time.sleep(60)
            os._exit(0)
    try:
        assert held(tmp_path) == ""
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def test_what_another_machine_left_is_refused_with_the_remedy(tmp_path):
    there = {"command": FIT, "pid": 7, "host": "elsewhere", "since": "yesterday"}
    (tmp_path / ".running").write_text(json.dumps(there))
    with pytest.raises(HeldError, match=r"process 7 on elsewhere .* remove .*\.running"):
        held(tmp_path)
    (tmp_path / ".running").write_text(json.dumps(there)[:20])  # nobody knows whose
    assert held(tmp_path) == ""


def test_one_that_writes_for_a_moment_is_waited_for(tmp_path, monkeypatch):
    monkeypatch.setattr(run_folder, "PATIENCE", 0.2)
    with RunFolder(tmp_path).held("evaluate", Console(file=io.StringIO())):
        start = time.monotonic()
        with pytest.raises(HeldError, match="evaluate"):
            held(tmp_path)
        assert time.monotonic() - start >= 0.2


def test_further_processes_of_a_run_hold_nothing(tmp_path, monkeypatch, other):
    monkeypatch.setenv("LOCAL_RANK", "1")
    assert held(tmp_path / "run") == ""
    RunFolder(tmp_path / "run").begin()
    assert not RunFolder(tmp_path / "run").is_unfinished


def test_fit_is_refused_and_evaluate_stores_nothing_while_a_run_is_trained(seqrec, run, spec):
    before = (run / "metrics.json").read_bytes()
    with RunFolder(run).held(FIT, Console(file=io.StringIO())):
        with pytest.raises(HeldError, match="writes in"):
            seqrec("fit", spec, "--out", run, "--resume")
        assert "not stored: process" in seqrec("evaluate", run)
    assert (run / "metrics.json").read_bytes() == before
    seqrec("evaluate", run)
    assert "test/ndcg@10" in Bundle.load(run).metrics
    assert not (run / ".running").exists()
    assert not (run / ".unfinished").exists()


@pytest.mark.parametrize(
    ("environment", "is_first"),
    [
        ({}, True),
        ({"LOCAL_RANK": "1"}, False),
        ({"SLURM_PROCID": "1"}, False),
        ({"RANK": "0", "LOCAL_RANK": "0", "SLURM_PROCID": "1"}, True),
        ({"RANK": "2", "LOCAL_RANK": "0", "SLURM_PROCID": "0"}, False),
    ],
)
def test_the_rank_that_torchrun_gives_says_which_process_is_the_first(
    monkeypatch, environment, is_first
):
    for name in ("RANK", "LOCAL_RANK", "NODE_RANK", "SLURM_PROCID"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert is_first_process() == is_first
