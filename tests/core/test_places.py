from pathlib import Path

import fsspec
import pytest

from seqrec_core.errors import DataError
from seqrec_core.places import delivered, expanded, is_remote, local


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("SEQREC_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def memory():
    system = fsspec.filesystem("memory")
    yield system
    system.rm("/", recursive=True)


def test_home_and_variables_are_expanded_and_the_rest_is_as_written(monkeypatch):
    monkeypatch.setenv("HOME", "/home/ann")
    monkeypatch.setenv("PART", "a b")
    assert expanded("~/x/${PART}/${PART}.csv") == "/home/ann/x/a b/a b.csv"
    assert expanded("s3://${PART}/x") == "s3://a b/x"
    for text in ("x~", "./~", "a/~/b", "$PART", "{PART}", "", "~tilde.csv.gz x"):
        assert expanded(text) == text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("/a/${NOBODY_SET}/b", "the environment has no NOBODY_SET"),
        ("${}", "variable without a name"),
        ("~nobody9/x", "there is no user 'nobody9'"),
        ("foo://a/b", "foo://a/b: no file system answers to it"),
        ("memory://nowhere", "memory://nowhere: no such file or folder"),
        ("file://host/x", "names a machine"),
        (Path("s3://b/x"), "was a URI before it became a Path"),
    ],
)
def test_what_cannot_be_a_place_is_named(text, words):
    with pytest.raises(DataError) as error:
        local(text)
    assert words in str(error.value)


def test_passwords_and_signatures_are_not_printed():
    with pytest.raises(DataError) as error:
        local("foo://ann:secret@host/x?sig=hush")
    assert "secret" not in str(error.value)
    assert "hush" not in str(error.value)


def test_paths_and_uris_of_this_machine_are_themselves(tmp_path):
    assert local("a/b") == Path("a/b")
    assert local(tmp_path) == tmp_path
    assert local(f"file://{tmp_path}/a%20b") == tmp_path / "a b"
    assert [is_remote(t) for t in ("a", "file:///a", "C:/a", "memory://a", "S3://a")] == [
        False, False, False, True, True,
    ]  # fmt: skip


def test_what_is_written_for_a_path_is_written_there(tmp_path):
    with delivered(f"file://{tmp_path}/x") as path:
        path.write_text("here")
    assert (tmp_path / "x").read_text() == "here"


def test_what_is_written_for_a_uri_is_put_there_however_the_body_ends(memory):
    ended = pytest.raises(KeyboardInterrupt)
    with ended, delivered("memory://run") as folder:
        folder.mkdir()
        (folder / "a").write_text("1")
        (folder / ".draft").mkdir()
        (folder / ".draft" / "a").write_text("half")
        raise KeyboardInterrupt
    assert memory.find("/run") == ["/run/a"]
    with delivered("memory://run") as folder:
        assert (folder / "a").read_text() == "1"
        (folder / "a").unlink()
        (folder / "b").write_text("2")
    assert memory.find("/run") == ["/run/b"]
    with delivered("memory://run/c.csv", anew=True) as file:
        assert not file.exists()
        file.write_text("3")
    assert memory.cat("/run/c.csv") == b"3"
