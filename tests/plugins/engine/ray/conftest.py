"""Ray as a user has it: small, and in use before an engine is."""

import shutil
import tempfile

import pytest


@pytest.fixture(scope="module")
def cluster():
    ray = pytest.importorskip("ray", reason="needs ray: pip install 'ray[data]'")
    folder = tempfile.mkdtemp(prefix="ray", dir="/tmp")  # sockets need a short path
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        ray.init(
            num_cpus=2,
            include_dashboard=False,
            log_to_driver=False,
            object_store_memory=100 * 2**20,
            _temp_dir=folder,
        )
    yield ray
    ray.shutdown()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def files(tmp_path):
    folder = tmp_path / "files"
    (folder / "inner" / "empty").mkdir(parents=True)
    (folder / "factor.txt").write_text("7")
    (folder / "nothing").touch()
    (folder / "inner" / "weights").write_bytes(bytes(range(256)) * 9)
    return folder
