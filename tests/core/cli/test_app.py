"""Exit codes and messages of the application as a whole."""

import re
import subprocess
import sys

import pytest
from command_line import seqrec

from seqrec_core.cli.app import command_of
from seqrec_core.session import registry


def test_help_names_every_command_and_group():
    done = seqrec("--help")
    assert done.returncode == 0
    for word in ("validate", "resolve", "build", "plugins", "data", "fit"):
        assert word in done.stdout


def test_a_group_without_a_command_shows_its_commands():
    done = seqrec("plugins")
    assert "list" in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_an_option_that_is_not_there_is_a_usage_error():
    done = seqrec("plugins", "list", "--nothing")
    assert done.returncode == 2
    assert "No such option" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "history", "top_k"),
    [
        (["-5", "41"], ["-5", "41"], 10),
        (["--", "-5"], ["-5"], 10),
        (["-1.5", "--top-k", "3", "-.5"], ["-1.5", "-.5"], 3),
    ],
)
def test_negative_numbers_are_values(arguments, history, top_k):
    calls = []

    def recommend(history: list[str], top_k: int = 10) -> None:
        calls.append((history, top_k))

    command_of("recommend", recommend).main(arguments, standalone_mode=False)
    assert calls == [(history, top_k)]


def test_unknown_options_stay_errors_beside_negative_numbers(capsys):
    def recommend(history: list[str], top_k: int = 10) -> None:
        raise AssertionError("not called")

    with pytest.raises(SystemExit) as exit_:
        command_of("recommend", recommend).main(["-5", "--topk", "3"])
    assert exit_.value.code == 2
    assert re.search("No such option:? '?--topk", capsys.readouterr().err)


def test_the_allow_list_comes_from_an_option_or_the_environment():
    try:
        done = seqrec("plugins", "list", "loss", SEQREC_ALLOW="seqrec-loss-bce")
        states = {line.split()[1]: line for line in done.stdout.splitlines() if "loss" in line}
        assert states["bce"].split()[-1] == "ok"
        assert states["ce"].split()[-2:] == ["not", "allowed"]
        done = seqrec("--allow-dist", "seqrec-los-bce", "plugins", "list")
        assert done.returncode == 2
        assert "seqrec-los-bce, which no installed plugin is" in done.stderr
    finally:
        registry.allow_only([])


def test_an_error_is_one_sentence_and_exit_code_2(tmp_path):
    done = seqrec("validate", tmp_path / "none.json")
    assert done.returncode == 2
    assert done.stderr.startswith(f"{tmp_path / 'none.json'}: cannot be read")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("words", [["schema"], ["plugins", "list"]])
def test_a_reader_of_a_pipe_may_leave(words):
    code = "from seqrec_core.cli import main; main()"
    command = [sys.executable, "-c", code, *words]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, **pipes) as process:
        process.stdout.close()  # before a line is written
        assert process.stderr.read() == b""
    assert process.returncode == 1  # as of any program whose output went nowhere
