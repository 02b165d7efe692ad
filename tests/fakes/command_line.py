"""Runs `seqrec` as a shell would, in this process: fresh ones take seconds each."""

import contextlib
import io
import json
import os
import subprocess
import sys
import warnings
from typing import NamedTuple

from seqrec_core.cli import main


class Done(NamedTuple):
    """What a command left: its exit code and what it printed."""

    returncode: int
    stdout: str
    stderr: str


def seqrec(*arguments, **environment) -> Done:
    """Runs a command here; variables of the environment and warnings are as before afterwards."""
    before, argv = dict(os.environ), sys.argv
    out, err, code = io.StringIO(), io.StringIO(), 0
    os.environ.update(environment)
    sys.argv = ["seqrec", *map(str, arguments)]
    with (
        warnings.catch_warnings(),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        warnings.simplefilter("default", RuntimeWarning)
        try:
            main()
        except SystemExit as end:
            code = int(end.code or 0)
        finally:
            sys.argv = argv
            os.environ.clear()
            os.environ.update(before)
    return Done(code, out.getvalue(), err.getvalue())


def modules_after(*commands) -> list[list[str]]:
    """Names of the modules that a fresh process has imported after each command."""
    code = """
import contextlib, io, json, sys
from seqrec_core.cli import app
for command in json.loads(sys.argv[1]):
    sys.argv[1:] = command
    with contextlib.redirect_stdout(io.StringIO()):
        try:
            app()
        except SystemExit as end:
            assert not end.code, (command, end.code)
    print(json.dumps(sorted(sys.modules)))
"""
    lines = json.dumps([[str(word) for word in command] for command in commands])
    done = subprocess.run([sys.executable, "-c", code, lines], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]
