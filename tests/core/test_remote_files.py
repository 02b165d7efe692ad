import multiprocessing
import os
import re
import shutil
import sys
from pathlib import Path

import fsspec
import pytest

from seqrec_core import retries
from seqrec_core.errors import DataError
from seqrec_core.printable import echo, names
from seqrec_core.remote_files import Remote, shown


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("SEQREC_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(retries, "PATIENCE", 0.3)
    yield tmp_path / "cache"
    names.clear()


@pytest.fixture
def memory():
    system = fsspec.filesystem("memory")
    system.pipe({"/d/a.txt": b"1", "/d/sub/b.txt": b"2"})
    yield system
    system.store.clear()


def content(folder):
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_text() for path in files}


def test_a_folder_is_fetched_once_and_anew_where_an_object_has_changed(memory, monkeypatch):
    fetched = []
    get = type(memory).get_file
    monkeypatch.setattr(
        type(memory), "get_file", lambda *args, **kw: fetched.append(args[1]) or get(*args, **kw)
    )
    first = Remote.of("memory://d").fetched()
    assert (first.name, content(first)) == ("d", {"a.txt": "1", "sub/b.txt": "2"})
    assert Remote.of("memory://d/").fetched() == first
    assert len(fetched) == 2
    memory.pipe("/d/a.txt", b"9")
    second = Remote.of("memory://d").fetched()
    assert content(second) == {"a.txt": "9", "sub/b.txt": "2"}
    assert content(first)["a.txt"] == "1"  # whoever reads it goes on with what it had
    assert fetched[2:] == ["/d/a.txt"]


def test_a_file_is_fetched_under_its_name(memory):
    path = Remote.of("memory://d/sub/b.txt").fetched()
    assert (path.name, path.read_text()) == ("b.txt", "2")


def test_an_object_that_comes_cut_short_is_an_error_and_is_not_kept(memory, monkeypatch, cache):
    def cut(self, remote, place, **_):
        with open(place, "wb"):
            pass

    with monkeypatch.context() as broken:
        broken.setattr(type(memory), "get_file", cut)
        with pytest.raises(
            DataError, match=r"memory://d cannot be read: .*: 0 bytes came of 1, in 3 tries"
        ):
            Remote.of("memory://d").fetched()
    assert content(Remote.of("memory://d").fetched())["a.txt"] == "1"
    assert not any((cache / "drafts").iterdir())


@pytest.mark.parametrize(
    "name",
    ["/d/x/../../../y", "/d/a\\b", "/d//etc/passwd", "/etc/passwd", "d/a", "/d/./a", "/d2/a"],
)
def test_names_that_lead_out_of_the_folder_are_refused(memory, monkeypatch, name):
    info = memory.info("/d/a.txt")
    monkeypatch.setattr(type(memory), "find", lambda *_, **__: {name: info | {"name": name}})
    with pytest.raises(DataError, match="leads out of the folder"):
        Remote.of("memory://d").fetched()


@pytest.mark.parametrize("uri", ["memory://d/..", "memory://d/../../x", "memory://."])
def test_a_uri_has_no_way_up(memory, uri):
    with pytest.raises(DataError, match=r"write it without \. and \.\."):
        Remote.of(uri)


def test_a_file_that_is_a_folder_too_is_named(memory, monkeypatch):
    info = memory.info("/d/a.txt")  # as s3 has them, and file systems without upper case
    listing = {"/d/a": info, "/d/a/b": info}
    monkeypatch.setattr(type(memory), "find", lambda *_, **__: listing)
    monkeypatch.setattr(type(memory), "get_file", lambda *a: Path(a[2]).write_text("1"))
    with pytest.raises(DataError, match="'a/b' and another file cannot both be here"):
        Remote.of("memory://d").fetched()


def test_two_names_that_differ_in_case_are_two_files_or_an_error(memory, monkeypatch):
    memory.pipe("/d/A.txt", b"2")
    assert content(Remote.of("memory://d").fetched()) == {
        "A.txt": "2", "a.txt": "1", "sub/b.txt": "2",
    }  # fmt: skip
    exists = os.path.lexists  # as where upper case is the same
    monkeypatch.setattr(os.path, "lexists", lambda path: exists(str(path).replace("a.t", "A.t")))
    memory.pipe("/d/new", b"")
    with pytest.raises(DataError, match=r"'a\.txt' and another file cannot both be here"):
        Remote.of("memory://d").fetched()


def test_what_changes_while_it_is_read_is_an_error_and_is_not_kept(memory, monkeypatch):
    get = type(memory).get_file

    def changing(self, *args, **kw):
        self.pipe("/d/sub/b.txt", b"9")
        get(self, *args, **kw)

    with monkeypatch.context() as patch:
        patch.setattr(type(memory), "get_file", changing)
        with pytest.raises(DataError, match="memory://d changed while it was read; try again"):
            Remote.of("memory://d").fetched()
    assert content(Remote.of("memory://d").fetched()) == {"a.txt": "1", "sub/b.txt": "9"}


def test_what_is_printed_of_a_copy_names_the_uri(memory, capsys):
    echo(f"report: {Remote.of('memory://d').fetched() / 'report.html'}")
    with Remote.of("memory://d").delivered() as folder:
        echo(DataError(f"{folder}/items: gone"))
    assert capsys.readouterr().out.split("\n") == [
        "report: memory://d/report.html", "memory://d/items: gone", "",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("s3://ann:secret@b/x", "s3://…@b/x"),
        ("ftp://ann:se/cr@t@host/x failed", "ftp://…@host/x failed"),
        ("GET https://h/x?X-Amz-Signature=secret&y=1 is 403", "GET https://h/x?… is 403"),
        ("hf://me/shop@main", "hf://me/shop@main"),
    ],
)
def test_secrets_are_left_out(text, said):
    assert shown(text) == said


def test_locks_and_schemas_go_first_and_come_last(memory, monkeypatch):
    memory.pipe({"/d/schema.json": b"{}", "/d/z": b"0"})
    steps = []
    for name in ("put_file", "rm_file"):
        method = getattr(type(memory), name)

        def noted(self, *args, method=method, **kw):
            steps.append(args[-1])
            return method(self, *args, **kw)

        monkeypatch.setattr(type(memory), name, noted)
    with Remote.of("memory://d").delivered() as folder:
        (folder / "z").write_text("new")
    assert steps == ["/d/schema.json", "/d/z", "/d/schema.json"]
    assert memory.cat("/d/z") == b"new"
    with Remote.of("memory://d").delivered():
        pass
    assert len(steps) == 3, "nothing was written, and nothing is sent"


def test_what_could_not_be_sent_is_kept_and_sent_by_the_next(memory, monkeypatch):
    def refuse(*_, **__):
        raise PermissionError("read-only, ann:secret@")

    with monkeypatch.context() as broken:
        broken.setattr(type(memory), "put_file", refuse)
        refused = pytest.raises(DataError, match=r"cannot be written: .*; it is kept in ")
        with refused, Remote.of("memory://d/new").delivered() as folder:
            folder.mkdir()
            (folder / "weights").write_text("dear")
    with Remote.of("memory://d/new").delivered() as folder:
        assert content(folder) == {"weights": "dear"}
    assert memory.cat("/d/new/weights") == b"dear"


def test_what_is_written_anew_begins_empty_and_leaves_alone_what_it_does_not_name(memory):
    with Remote.of("memory://d").delivered(anew=True) as folder:
        assert not folder.exists()
        folder.mkdir()
        (folder / "a.txt").write_text("3")
    sent = {path: memory.cat(path) for path in memory.find("/d")}
    assert sent == {"/d/a.txt": b"3", "/d/sub/b.txt": b"2"}


def _killed(uri, at, **settings):
    """Writes for a URI in a process that is killed when it sends its file number `at`."""
    from fsspec.implementations.local import LocalFileSystem

    put, sent = LocalFileSystem.put_file, []

    def put_or_die(self, *args, **kw):
        sent.append(args)
        if len(sent) == at:
            os._exit(9)
        put(self, *args, **kw)

    LocalFileSystem.put_file = put_or_die
    with Remote.of(uri).delivered(**settings) as folder:
        folder.mkdir(exist_ok=True)
        for name in ("a", "b", "spec.lock.json"):
            (folder / name).write_text("new")
        if not at:
            os._exit(9)


def _run(function, *args, **settings):
    process = multiprocessing.get_context("fork").Process(
        target=function, args=args, kwargs=settings
    )
    process.start()
    process.join()
    return process.exitcode


@pytest.mark.parametrize("at", [0, 1, 2, 3])
def test_what_a_killed_process_wrote_is_sent_by_the_next(tmp_path, at):
    uri = f"local://{tmp_path}/place"
    (tmp_path / "place").mkdir()
    (tmp_path / "place" / "spec.lock.json").write_text("old")
    assert _run(_killed, uri, at) == 9
    assert at == 0 or not (tmp_path / "place" / "spec.lock.json").exists()
    with Remote.of(uri).delivered() as folder:
        assert content(folder) == dict.fromkeys(("a", "b", "spec.lock.json"), "new")
    assert content(tmp_path / "place") == dict.fromkeys(("a", "b", "spec.lock.json"), "new")


def test_what_a_killed_process_wrote_does_not_replace_what_another_wrote(tmp_path):
    uri, place = f"local://{tmp_path}/place", tmp_path / "place"
    assert _run(_killed, uri, 0) == 9
    place.mkdir()
    (place / "a").write_text("of another machine")
    refused = pytest.raises(DataError, match="has changed since a process that was killed")
    with refused as error, Remote.of(uri).delivered():
        pass
    assert content(place) == {"a": "of another machine"}
    with Remote.of(uri).delivered(anew=True) as folder:
        assert not folder.exists()
    assert _run(_killed, uri, 0) == 9
    (place / "b").write_text("of another machine")
    with refused as error, Remote.of(uri).delivered():
        pass
    shutil.rmtree(re.search(r"wrote for it to (\S+);", str(error.value))[1])
    with Remote.of(uri).delivered() as folder:
        assert content(folder) == dict.fromkeys("ab", "of another machine")


def test_what_was_sent_in_part_does_not_replace_what_another_delivered(tmp_path):
    uri, place = f"local://{tmp_path}/place", tmp_path / "place"
    place.mkdir()
    (place / "spec.lock.json").write_text("old")
    refused = pytest.raises(DataError, match="has changed since a process that was killed")
    assert _run(_killed, uri, 2) == 9
    other = {"a": "other", "b": "other", "spec.lock.json": "new"}  # one of the same lock, too
    for name, text in other.items():
        (place / name).write_text(text)
    with refused, Remote.of(uri).delivered():
        pass
    assert content(place) == other
    with Remote.of(uri).delivered(anew=True):
        pass
    assert _run(_killed, uri, 3) == 9
    (place / "spec.lock.json").write_text("another")
    with refused, Remote.of(uri).delivered():
        pass
    (place / "spec.lock.json").write_text("ne")  # its own, cut short
    with Remote.of(uri).delivered():
        pass
    assert content(place) == dict.fromkeys(("a", "b", "spec.lock.json"), "new")


def test_two_hosts_are_two_places_whoever_asks(memory):
    def key(uri, root):
        return Remote(uri, memory, root)._key({})

    assert key("ftp://a/run", "/run") != key("ftp://b/run", "/run")
    assert key("ftp://a/run", "/run") != key("ftp://a:2121/run", "/run")
    assert key("ftp://ann:secret@a/run", "/run") == key("ftp://bob@A/run", "/run")
    assert key("memory://d", "/d") == key("memory:///d", "/d")
    assert key("s3://b/x", "b/x") == key("s3://ann@b/x", "b/x")


def _write_versions(uri, until):
    for version in range(2, until):
        with Remote.of(uri).delivered() as folder:
            for name in ("a", "b", "schema.json"):
                (folder / name).write_text(f"{version:04}")


@pytest.mark.slow
def test_whoever_reads_while_another_delivers_has_one_version_or_an_error(tmp_path):
    place, names = tmp_path / "place", ("a", "b", "schema.json")
    place.mkdir()
    for name in names:
        (place / name).write_text("0001")
    uri = f"local://{place}"
    writer = multiprocessing.get_context("fork").Process(target=_write_versions, args=(uri, 60))
    writer.start()
    seen, refused = set(), 0
    while writer.is_alive():
        try:
            read = content(Remote.of(uri).fetched())
        except DataError:
            refused += 1
            continue
        if "schema.json" in read:
            assert set(read) == set(names)
            assert len(set(read.values())) == 1
            seen |= set(read.values())
    assert writer.exitcode == 0
    assert len(seen) > 1, refused
    assert content(Remote.of(uri).fetched()) == dict.fromkeys(names, "0059")


def test_one_process_writes_at_a_time_and_others_of_its_run_write_beside_it(memory, monkeypatch):
    with Remote.of("memory://d").delivered() as folder:
        refused = pytest.raises(DataError, match="another process writes to memory://d")
        with refused, Remote.of("memory://d").delivered():
            pass
        monkeypatch.setenv("RANK", "1")
        with Remote.of("memory://d").delivered() as other:
            assert other == folder


@pytest.mark.parametrize(
    ("module", "uri", "line"),
    [
        ("fsspec.core", "s3://b/x", "pip install fsspec s3fs"),
        ("adlfs", "az://b/x", "pip install fsspec adlfs"),
        ("gcsfs", "gs://b/x", "pip install fsspec gcsfs"),
    ],
)
def test_a_library_that_is_missing_is_named(monkeypatch, module, uri, line):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(DataError) as error:
        Remote.of(uri)
    assert line in str(error.value)


def test_processes_may_fetch_at_once(tmp_path):
    source = tmp_path / "source"
    source.mkdir()
    for number in range(20):
        (source / f"{number}.txt").write_text(str(number) * 1000)
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    workers = [context.Process(target=_fetched, args=(str(source), queue)) for _ in range(3)]
    for worker in workers:
        worker.start()
    places = {queue.get(timeout=30) for _ in workers}
    for worker in workers:
        worker.join()
    assert len(places) == 1


def _fetched(source, queue):
    from fsspec.implementations.local import LocalFileSystem

    queue.put(str(Remote("local://x", LocalFileSystem(), source).fetched()))
