"""Every block of docs/jobs.md runs, and each job leaves what its heading says."""

import contextlib
import io
import os
import re
import shlex
import socket
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest
from command_line import seqrec
from job_checks import CHECKS

PAGE = (Path(__file__).parents[2] / "docs" / "jobs.md").read_text(encoding="utf-8")
START, *JOBS = re.findall(r"^## (.*?)\n(.*?)(?=^## |\Z)", PAGE, re.DOTALL | re.MULTILINE)
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("default")]


class Block(NamedTuple):
    """What stands between the marks of a block."""

    language: str
    text: str

    @property
    def commands(self) -> list[list[str]]:
        """Words of its lines, where all of them are plain commands of seqrec; else nothing."""
        lines = self.text.replace("\\\n", " ").splitlines()
        is_plain = all(re.match(r"seqrec (?!tune|serve)[^&>|$]*$", line) for line in lines)
        return [shlex.split(line)[1:] for line in lines] if is_plain else []


def blocks(text: str) -> list[Block]:
    return [Block(*each) for each in re.findall(r"```(\w+)\n(.*?)```", text, re.DOTALL)]


def run(block: Block, folder: Path, names: dict) -> str:
    """Runs a block in a folder; returns what it printed. Names of Python stay."""
    if block.language == "python":
        with contextlib.chdir(folder), contextlib.redirect_stdout(io.StringIO()) as said:
            exec(compile(block.text, "docs/jobs.md", "exec"), names)
        return said.getvalue()
    assert block.language == "sh"
    return "".join(map(in_process, block.commands)) if block.commands else in_a_shell(block, folder)


def in_process(words: list[str]) -> str:
    done = seqrec(*words, COLUMNS="200")
    assert done.returncode == 0, (words, done.stdout, done.stderr)
    return done.stdout


def in_a_shell(block: Block, folder: Path) -> str:
    """As a script that ends with its first fault; what it left running ends, too."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        text = block.text.replace("8000", str(probe.getsockname()[1]))
    text = f"trap 'kill $(jobs -p) 2>/dev/null || true' EXIT\n{text}"
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    shell = subprocess.Popen(
        ["timeout", "-k", "5", "300", "bash", "-e", "-c", text],
        cwd=folder,
        env=os.environ | {"PATH": path, "OMP_NUM_THREADS": "1", "COLUMNS": "200"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    out, err = shell.communicate()
    assert shell.returncode == 0, (text, out, err)
    return out


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """The folder that the first section of the page leaves."""
    folder = tmp_path_factory.mktemp("shop")
    with contextlib.chdir(folder):
        for block in blocks(START[1]):
            run(block, folder, {})
    return folder


def test_there_are_twenty_jobs_each_with_blocks_and_a_check():
    titles = [title for title, _ in JOBS]
    assert len(titles) == len(set(titles)) == 20
    assert {*titles} == {*CHECKS}
    assert all(blocks(text) for _, text in JOBS)


@pytest.mark.parametrize(("title", "text"), JOBS, ids=[title for title, _ in JOBS])
def test_a_job_does_what_it_says(title, text, shop, monkeypatch):
    monkeypatch.chdir(shop)
    names, said = {}, ""
    for block in blocks(text):
        said += run(block, shop, names)
    CHECKS[title](shop, said, names)
