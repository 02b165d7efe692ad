"""A session of Spark for a file of tests, and works that its processes unpickle by value."""

import os
import signal
from pathlib import Path

import pytest
from engines_in_use import spark_in_use


@pytest.fixture(scope="module")
def spark():
    """A session as a user has it: two processes, four tries."""
    with spark_in_use() as session:
        yield session


@pytest.fixture
def scaling():
    """A class of works: each multiplies by the number in `factor.txt`, `on` a piece does more."""

    class Scaling:
        def __init__(self, on=None, does="", flag=None):
            self.on, self.does, self.flag = on, does, flag

        def open(self, files):
            factor = int((files / "factor.txt").read_text())

            def answer(piece):
                if piece == self.on:
                    self.stumble()
                return factor * piece

            return answer

        def stumble(self):
            if self.does == "raise":
                raise ValueError("no star\nof that name")
            if self.flag is None or not Path(self.flag).exists():
                Path(self.flag or os.devnull).touch()
                os.kill(os.getpid(), signal.SIGKILL)

    return Scaling


@pytest.fixture
def files(tmp_path):
    folder = tmp_path / "files"
    (folder / "inner" / "empty").mkdir(parents=True)
    (folder / "factor.txt").write_text("7")
    (folder / "inner" / "weights").write_bytes(bytes(range(256)) * 9)
    return folder
