"""Checks plugins in other Python interpreters: one that hangs, or ends Python, harms nobody.

The other side is `entry_checks`.
"""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator
from typing import Any

import attrs

from seqrec_tool_authoring.entry_checks import Entry, reinstall

__all__ = ["faults"]


def faults(
    stage: str, entries: Iterable[Entry], seconds: float
) -> Iterator[tuple[Entry, tuple[str, str]]]:
    """Fault and remedy of each entry that fails a stage, "specs" or "targets".

    An interpreter that ends, or takes longer than `seconds` for an entry, is a fault of the entry;
    another one goes on after it.
    """
    rest = list(entries)
    while rest:
        answers, end = _ask(stage, rest, seconds)
        for entry, answer in zip(rest, answers, strict=False):
            if answer:
                yield entry, (answer[0], answer[1])
        if len(answers) < len(rest):
            entry = rest[len(answers)]
            yield entry, (end, reinstall(entry))
        rest = rest[len(answers) + 1 :]


def _ask(stage: str, entries: list[Entry], seconds: float) -> tuple[list[Any], str]:
    """What another interpreter says of each entry until it ends, and how it ended."""
    answers: list[Any] = []
    late = threading.Event()
    script = f"from seqrec_tool_authoring import entry_checks; entry_checks.answer({stage!r})"
    with subprocess.Popen(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as run:
        assert run.stdin
        json.dump([attrs.astuple(entry) for entry in entries], run.stdin)
        run.stdin.close()
        while line := _next_line(run, seconds, late):
            answers.append(json.loads(line))
    if late.is_set():
        return answers, f"does not import within {seconds:g} seconds"
    return answers, f"importing it ends Python with code {run.returncode}"


def _next_line(run: "subprocess.Popen[str]", seconds: float, late: threading.Event) -> str:
    """What a process prints next, nothing where it ends; it is killed if that takes too long."""

    def kill() -> None:
        late.set()
        run.kill()

    watch = threading.Timer(seconds, kill)
    watch.daemon = True
    watch.start()
    assert run.stdout
    line = run.stdout.readline()
    watch.cancel()
    return line
