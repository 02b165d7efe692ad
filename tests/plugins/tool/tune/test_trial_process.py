"""The process of trials: it answers what fails, and ends with its input."""

import io
import json
import os
import signal
import subprocess
import sys

import pytest
from seqrec_tool_tune.trial_process import Line

COMMAND = [sys.executable, "-m", "seqrec_tool_tune.trial_process"]


def test_a_line_sends_json_and_hears_it():
    source, sink = os.pipe()
    heard, line = io.StringIO(), None
    with os.fdopen(source) as reader, os.fdopen(sink, "w") as writer:
        writer.write('{"stop": true}\n')
        writer.flush()
        line = Line.__new__(Line)
        line._sink = heard
        line.tell(end="finished")
        assert json.loads(heard.getvalue()) == {"end": "finished"}
        assert json.loads(reader.readline()) == {"stop": True}


@pytest.mark.slow
@pytest.mark.parametrize(("last", "code"), [("{}\n", 0), ("", -signal.SIGKILL)])
def test_what_fails_is_said_and_the_end_of_the_input_is_its_end(tmp_path, last, code):
    message = {"recipe": {"seqrec": 2}, "out": "out", "log": str(tmp_path / "0.log")}
    message |= {"metric": "ndcg@10", "allowed": []}
    with subprocess.Popen(
        COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        process.stdin.write(json.dumps(message) + "\n")
        process.stdin.flush()
        answer = json.loads(process.stdout.readline())
        assert answer["end"] == "failed"
        assert "schema" in answer["reason"]
        process.stdin.write(last)
        process.stdin.close()
        assert process.wait(30) == code
    assert "SpecError" in (tmp_path / "0.log").read_text()
