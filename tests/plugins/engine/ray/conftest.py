"""Ray as a user has it: small, and in use before an engine is."""

import pytest
from engines_in_use import ray_in_use


@pytest.fixture(scope="module")
def cluster():
    with ray_in_use() as ray:
        yield ray


@pytest.fixture
def files(tmp_path):
    folder = tmp_path / "files"
    (folder / "inner" / "empty").mkdir(parents=True)
    (folder / "factor.txt").write_text("7")
    (folder / "nothing").touch()
    (folder / "inner" / "weights").write_bytes(bytes(range(256)) * 9)
    return folder
