"""A folder in the object store: what another machine gets is what was put there."""

import pytest

pytestmark = pytest.mark.slow


def test_another_machine_gets_all_of_the_folder(cluster, files, tmp_path, monkeypatch):
    import attrs
    from seqrec_engine_ray import ray_folder

    monkeypatch.setattr(ray_folder, "_CHUNK", 1000)
    folder = ray_folder.RayFolder.of(files, is_shared=True)
    assert folder.here() == files
    assert len(folder.files["inner/weights"]) == 3

    elsewhere = attrs.evolve(folder, node="another")
    copy = elsewhere.here()
    for path in files.rglob("*"):
        twin = copy / path.relative_to(files)
        assert twin.is_dir() == path.is_dir()
        assert path.is_dir() or twin.read_bytes() == path.read_bytes()

    assert elsewhere.here() == copy  # of another process there
    folder.remove()
    assert copy.is_dir()  # of what only this machine has
    elsewhere.remove()
    assert not copy.parent.exists()
    assert folder.here() == files


def test_nothing_is_put_there_for_one_machine(cluster, files):
    from seqrec_engine_ray.ray_folder import RayFolder

    folder = RayFolder.of(files, is_shared=False)
    assert not folder.files
    assert folder.here() == files
