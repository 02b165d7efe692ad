"""Runs on little data, and data of the next day with new users and items."""

import shutil

import pytest
from typer.testing import CliRunner

from seqrec_core.cli.app import app

SETTINGS = (
    *("model.embedding_dim=8", "model.num_heads=1", "model.num_blocks=1", "model.dropout=0"),
    *("trainer.max_epochs=1", "trainer.accelerator=cpu", "trackers=[]"),
)
NEW = ("new 1", "new 2", "new 3")


def command(*arguments, code=0):
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == code, result.output
    return result


def write_log(path, items, users, first):
    rows = [
        f"{user},{items[(number * 5 + step) % len(items)]},{first + step}"
        for number, user in enumerate(users)
        for step in range(6)
    ]
    path.write_text("\n".join(["user,item,timestamp", *rows]) + "\n")


@pytest.fixture
def seqrec():
    """The result of a command; its exit code must be `code`, an error that it raises is raised."""
    return command


@pytest.fixture(scope="session")
def days(tmp_path_factory):
    """A folder with `run`, trained on `data`, and `day2` with three new items; to be left as is."""
    path = tmp_path_factory.mktemp("days")
    items = [f"item {number}" for number in range(10)]
    write_log(path / "day1.csv", items, [f"u{number}" for number in range(20)], 0)
    write_log(path / "day2.csv", [*items, *NEW], [f"u{number}" for number in range(10, 30)], 100)
    command("data", "prepare", path / "day1.csv", "--out", path / "data")
    settings = [word for setting in SETTINGS for word in ("--set", setting)]
    command("init", "sasrec", "--data", path / "data", "--out", path / "spec.json", *settings)
    command("fit", path / "spec.json", "--out", path / "run")
    grown = ("--ids-from", path / "run", "--new-items", "append")
    command("data", "prepare", path / "day2.csv", *grown, "--out", path / "day2")
    return path


@pytest.fixture
def files():
    """What a folder holds, by path."""
    return lambda folder: {
        path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


@pytest.fixture
def run(days, tmp_path):
    """A copy of the run, to be changed."""
    for name in ("run", "data"):
        shutil.copytree(days / name, tmp_path / name)
    return tmp_path / "run"
