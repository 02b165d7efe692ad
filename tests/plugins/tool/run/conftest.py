"""A run on a ring of items, trained once; each test has a copy of its own."""

import shutil

import pytest
from seqrec_fake_run import registered, write_ring, write_ring_spec
from typer.testing import CliRunner

from seqrec_core.cli.app import app


@pytest.fixture(autouse=True)
def components():
    with registered():
        yield


def command(*arguments, code: int = 0) -> str:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == code, result.output
    return result.output


@pytest.fixture
def seqrec():
    """What a command prints; its exit code must be `code`, an error that it raises is raised."""
    return command


@pytest.fixture
def folder(tmp_path):
    """The data of the ring, see write_ring."""
    write_ring(tmp_path / "data")
    return tmp_path / "data"


@pytest.fixture
def spec(tmp_path, folder):
    """A spec of a run on the ring."""
    write_ring_spec(tmp_path / "spec.json")
    return tmp_path / "spec.json"


@pytest.fixture(scope="session")
def trained(tmp_path_factory):
    """A folder with `data`, `spec.json` and `run`, which tests must leave as it is."""
    path = tmp_path_factory.mktemp("ring")
    write_ring(path / "data")
    write_ring_spec(path / "spec.json")
    with registered():
        command("fit", path / "spec.json", "--out", path / "run")
    return path


@pytest.fixture
def run(trained, spec):
    """A finished run on the data and the spec of this test."""
    path = spec.with_name("run")
    shutil.copytree(trained / "run", path)
    lock = path / "spec.lock.json"
    lock.write_text(lock.read_text().replace(str(trained), str(spec.parent)))
    return path
