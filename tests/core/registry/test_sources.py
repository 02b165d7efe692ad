import pytest

from seqrec_core.registry.sources import digest_of, sources


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package of two modules, and a module at the top."""
    (tmp_path / "acme_many" / "deep").mkdir(parents=True)
    for name in ("acme_many/__init__.py", "acme_many/deep/part.py", "acme_one.py"):
        (tmp_path / name).write_text(f"# {name}")
    (tmp_path / "acme_many" / "notes.txt").write_text("no code")
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def test_the_sources_of_a_package_are_its_python_files(package):
    names = {path.relative_to(package).as_posix() for path in sources("acme_many")}
    assert names == {"acme_many/__init__.py", "acme_many/deep/part.py"}
    assert list(sources("acme_one")) == [package / "acme_one.py"]
    assert list(sources("acme_nowhere")) == []


def test_a_digest_is_of_every_module_whatever_their_order(package):
    digest = digest_of(["acme_many", "acme_one"])
    assert digest_of(["acme_one", "acme_many"]) == digest
    (package / "acme_many" / "notes.txt").write_text("still no code")
    assert digest_of(["acme_many", "acme_one"]) == digest
    (package / "acme_many" / "deep" / "part.py").write_text("# changed")
    assert digest_of(["acme_many", "acme_one"]) != digest
