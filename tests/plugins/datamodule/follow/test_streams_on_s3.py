"""A stream in an object store over HTTP, which fails at times."""

import errno

import fsspec
import pytest
from s3_server import running_s3
from seqrec_datamodule_follow.arrivals import Arrivals
from seqrec_datamodule_follow.file_stream import FileStream

from seqrec_core import retries
from seqrec_core.errors import DataError
from seqrec_core.places import Store

PLACE = "s3://shop/stream"


@pytest.fixture
def system(monkeypatch):
    """An empty bucket."""
    with running_s3() as variables:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        fsspec.filesystem("s3").clear_instance_cache()
        system = Store.of(PLACE).system
        system.mkdir("shop")
        yield system
        system.rm("shop", recursive=True)


@pytest.fixture
def put(system, add, folder):
    """Puts a file of some rows into the bucket."""

    def write(name, first, stop):
        add("file.parquet", first, stop)
        system.put_file(str(folder / "file.parquet"), f"shop/stream/{name}")

    return write


def ids(stream):
    return [number for batch in stream for number in batch["query_id"].tolist()]


@pytest.mark.slow
def test_objects_come_in_order_and_may_be_removed_behind(system, put, opened):
    stream = FileStream(Arrivals(PLACE), opened)
    assert not stream.has_more()
    for name in ("_c.parquet", "b.parquet", "a/1.parquet", "notes.txt"):
        put(name, len(name), 30)
    assert [file.name for file in stream.arrivals.files()] == ["a/1.parquet", "b.parquet"]
    assert sorted(ids(stream)) == [*range(len("a/1.parquet"), 30)]
    assert sorted(ids(stream)) == [*range(len("b.parquet"), 30)]
    system.rm_file("shop/stream/a/1.parquet")
    assert not stream.has_more()
    put("c.parquet", 40, 60)
    after = FileStream(Arrivals(f"{PLACE}/"), opened)
    after.load_state_dict(stream.state_dict())
    assert sorted(ids(after)) == [*range(40, 60)]
    put("a/1.parquet", len("a/1.parquet"), 30)  # it comes back
    assert not after.has_more()
    put("a/2.parquet", 0, 9)
    with pytest.raises(DataError, match=r"stream/a/2.parquet has come before 'c.parquet'"):
        after.has_more()
    (one,) = Arrivals(f"{PLACE}/b.parquet").files()
    assert (one.name, one.place) == ("b.parquet", f"{PLACE}/b.parquet")
    assert Arrivals(f"{PLACE}/b.parquet").footer(one).rows == 30 - len("b.parquet")


@pytest.mark.slow
def test_a_listing_that_fails_is_made_again_and_in_the_end_named(system, put, opened, monkeypatch):
    put("a.parquet", 0, 9)
    stream, faults = FileStream(Arrivals(PLACE), opened), [OSError(errno.EIO, "lost")] * 3
    find = type(system).find

    def failing(self, *words, **more):
        if faults:
            raise faults.pop()
        return find(self, *words, **more)

    monkeypatch.setattr(type(system), "find", failing)
    assert stream.has_more()
    assert not faults
    monkeypatch.setattr(retries, "PATIENCE", 0.1)
    faults += [OSError(errno.EIO, "lost")] * 9
    with pytest.raises(DataError, match=r"data.stream, s3://shop/stream, cannot be listed: .*lost"):
        stream.has_more()
