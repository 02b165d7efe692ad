"""Where rows come from: URIs, filesystems and files that are not as they should be."""

from pathlib import Path

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from seqrec_datamodule_parquet.dataset import ParquetDataset
from seqrec_datamodule_parquet.module import ParquetModule

from seqrec_core.errors import DataError

METADATA = {"query_id": {}, "item_id": {"shape": 2}}


def written(path: Path, **columns: object) -> str:
    pq.write_table(pa.table({"query_id": [0, 1], "item_id": [[1], [2, 3]]} | columns), path)
    return str(path)


def ids(source: object, **arguments: object) -> list[int]:
    return [i for batch in ParquetDataset(source, METADATA, **arguments) for i in batch["query_id"]]


def test_several_uris_are_read_as_one(tmp_path):
    one = written(tmp_path / "a.parquet")
    with open(one, "rb") as local, fsspec.open("memory://several/b.parquet", "wb") as remote:
        remote.write(local.read())
    assert ids([f"file://{one}", f"file://{one}"]) == [0, 1, 0, 1]
    assert ids(["memory://several/b.parquet"]) == [0, 1]
    assert ids("several/b.parquet", filesystem="memory://") == [0, 1]
    with pytest.raises(DataError, match="several filesystems; read those of one"):
        ids([f"file://{one}", "memory://several/b.parquet"])


def test_paths_need_not_be_strings(tmp_path):
    path = tmp_path / "a.parquet"
    written(path)
    assert ids(path) == ids([path]) == [0, 1]
    splits = {"train": METADATA, "test": METADATA}
    module = ParquetModule(2, splits, train_path=path, test_path=path)
    assert len(list(module.train_dataloader())) == len(list(module.test_dataloader()[0])) == 1


def test_an_unknown_scheme_is_named():
    with pytest.raises(DataError, match=r"nowhere://a\.parquet: cannot be read.*nowhere"):
        ids("nowhere://a.parquet")


def test_a_file_that_breaks_while_it_is_read_is_named(tmp_path):
    path = tmp_path / "a.parquet"
    stream = ParquetDataset(written(path), METADATA)
    broken = bytearray(path.read_bytes())
    broken[4:60] = bytes(56)
    path.write_bytes(broken)
    with pytest.raises(DataError, match=r"a\.parquet: row group 0 cannot be read"):
        list(stream)
    path.unlink()
    with pytest.raises(DataError, match=r"a\.parquet: row group 0 cannot be read"):
        list(stream)


def test_columns_of_every_file_must_hold_numbers(tmp_path):
    files = [written(tmp_path / "a.parquet"), written(tmp_path / "b.parquet", query_id=["2", "3"])]
    with pytest.raises(DataError, match=r"b\.parquet: column 'query_id' is string"):
        ids(files)


def test_a_column_is_not_replaced_by_the_mask_of_another(tmp_path):
    file = written(tmp_path / "a.parquet", item_id_mask=[[5], [6, 7]])
    with pytest.raises(ValueError, match="'item_id_mask' is a column and the mask of 'item_id'"):
        ParquetDataset(file, METADATA | {"item_id_mask": {}})


def test_something_must_be_read(tmp_path):
    with pytest.raises(ValueError, match="metadata names no column"):
        ParquetDataset(written(tmp_path / "a.parquet"), {})
