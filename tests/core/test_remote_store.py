"""Stores of other protocols than S3: what they lack is not asked for."""

import io
from itertools import count

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fsspec.implementations.memory import MemoryFileSystem
from seqrec_datamodule_parquet.source import ParquetSource

from seqrec_core.errors import DataError
from seqrec_core.places import delivered, local, matching
from seqrec_core.printable import names
from seqrec_core.remote_store import PIECE, Store


class NoRename(MemoryFileSystem):
    """Objects with a generation in place of a checksum, as Google has them; nothing is renamed."""

    protocol = "gslike"
    store, pseudo_dirs = {}, [""]
    generations, numbers = {}, count(1)

    @classmethod
    def _strip_protocol(cls, path):
        return MemoryFileSystem._strip_protocol("/" + path.rpartition("://")[2].lstrip("/"))

    def info(self, path, **kwargs):
        known = super().info(path, **kwargs)
        if known["type"] == "file":
            file = self.store[self._strip_protocol(path)]
            known = {name: known[name] for name in ("name", "size", "type")}
            known["generation"] = self.generations.setdefault(id(file), next(self.numbers))
        return known

    def find(self, path, maxdepth=None, withdirs=False, detail=False, **kwargs):
        files = super().find(path, maxdepth, withdirs, **kwargs)
        return {file: self.info(file) for file in files} if detail else files

    def mv(self, *_, **__):
        raise NotImplementedError("a store of objects renames nothing")

    rename = mv

    def checksum(self, path):
        raise NotImplementedError


class NoChecksum(NoRename):
    """Files of a size and a time, as Hadoop has them."""

    protocol = "hdfslike"
    store, pseudo_dirs = {}, [""]

    def info(self, path, **kwargs):
        known = dict(super().info(path, **kwargs))
        known["mtime"] = known.pop("generation", 0)
        return known


@pytest.fixture(params=[NoRename, NoChecksum])
def system(request, tmp_path, monkeypatch):
    monkeypatch.setenv("SEQREC_CACHE", str(tmp_path / "cache"))
    kind = request.param
    fsspec.register_implementation(kind.protocol, kind, clobber=True)
    yield fsspec.filesystem(kind.protocol)
    kind.store.clear()
    names.clear()


def test_such_stores_are_written_read_and_read_anew(system):
    place = f"{system.protocol}://shop/d0"
    with delivered(place, anew=True) as folder:
        folder.mkdir()
        (folder / "a.csv").write_text("1")
        (folder / "schema.json").write_text("{}")
    copy = local(place)
    assert sorted(path.name for path in copy.iterdir()) == ["a.csv", "schema.json"]
    with delivered(place) as folder:
        (folder / "a.csv").write_text("2")
        (folder / "schema.json").unlink()
    assert (copy / "a.csv").read_text() == "1"
    assert [path.read_text() for path in local(place).iterdir()] == ["2"]
    assert matching(f"{place}/*.csv") == [f"{place}/a.csv"]
    assert [path.name for path in local(place, without=["b"]).iterdir()] == ["a.csv"]


def test_such_stores_are_streamed_in_one_version(system):
    def pipe(first):
        sink = io.BytesIO()
        table = pa.table({"query_id": range(first, first + 9), "item_id": [[1]] * 9})
        pq.write_table(table, sink, row_group_size=3)
        system.pipe("/shop/train.parquet", sink.getvalue())

    pipe(0)
    source = ParquetSource(f"{system.protocol}://shop/train.parquet")
    schema = source.schema(["query_id"])
    [table] = source.tables(source.groups, schema, 1, [8])
    assert table["query_id"].to_pylist() == [*range(1, 9)]
    pipe(100)
    with pytest.raises(DataError, match=r"train\.parquet has changed since it was opened"):
        source.read(source.groups[1], schema)
    system.rm("/shop/train.parquet")
    with pytest.raises(DataError, match=r"train\.parquet has changed since it was opened"):
        source.read(source.groups[1], schema)


def test_a_large_object_comes_in_pieces_and_only_what_lacks_is_asked_again(tmp_path):
    data, asked = bytes(range(256)) * (2 * PIECE // 256) + b"end", []

    class Ranges:
        async_impl = True

        def cat_ranges(self, paths, starts, ends, on_error):
            asked.append(starts)
            parts = [data[start:end] for start, end in zip(starts, ends, strict=True)]
            return [parts[0], *([OSError("cut")] * 2 if len(asked) == 1 else parts[1:])]

    Store("x://b/f", Ranges(), "b/f").get("", tmp_path / "f", len(data))
    assert (tmp_path / "f").read_bytes() == data
    assert asked == [[0, PIECE, 2 * PIECE], [PIECE, 2 * PIECE]]


def test_hdfs_without_its_library_says_what_to_set(monkeypatch):
    for name in ("HADOOP_HOME", "CLASSPATH", "ARROW_LIBHDFS_DIR"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(DataError, match=r"hdfs://.*JAVA_HOME, HADOOP_HOME and CLASSPATH"):
        Store.of("hdfs://localhost:9/d0")
