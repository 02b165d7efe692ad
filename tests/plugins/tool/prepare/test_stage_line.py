"""The stage at work is said on a terminal, and nothing anywhere else."""

import io

from rich.console import Console
from seqrec_tool_prepare.stage_line import stage_line


def written(*, terminal):
    """What is written while two stages are at work."""
    file = io.StringIO()
    with stage_line(Console(file=file, force_terminal=terminal, width=80)) as stage:
        stage("counting")
        stage("sorting", 3, 4)
    return file.getvalue()


def test_a_terminal_shows_the_stage_and_loses_it_at_the_end():
    text = written(terminal=True)
    assert "sorting" in text
    assert text.endswith("\x1b[2K")  # the line is erased


def test_a_pipe_or_a_file_gets_nothing():
    assert written(terminal=False) == ""


def test_the_line_is_on_stderr(capfd, monkeypatch):
    monkeypatch.setenv("TTY_COMPATIBLE", "1")  # rich takes any stream for a terminal
    with stage_line() as stage:
        stage("counting")
    out, error = capfd.readouterr()
    assert out == ""
    assert "counting" in error
