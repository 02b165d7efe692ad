"""Where rows come from: URIs, filesystems and files that are not as they should be."""

from pathlib import Path

import attrs
import fsspec
import pyarrow as pa
import pyarrow.fs
import pyarrow.parquet as pq
import pytest
import torch
from seqrec_datamodule_parquet.dataset import ParquetDataset
from seqrec_datamodule_parquet.parquet_module import ParquetModule
from seqrec_datamodule_parquet.source import ParquetSource
from tiny_parquet import SCHEMA

from seqrec_core.errors import DataError
from seqrec_core.schema import (
    FeatureSource,
    FeatureType,
    TensorFeatureInfo,
    TensorFeatureSource,
    TensorSchema,
)

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
    with pytest.raises(DataError, match=r"nowhere://a\.parquet: no file system answers.*nowhere"):
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


def test_folders_and_lists_of_files_are_read_as_one(tmp_path):
    for part in range(3):
        columns = {"query_id": [2 * part, 2 * part + 1], "item_id": [[part], []]}
        pq.write_table(pa.table(columns), tmp_path / f"part-{part}.parquet")
    empty = pa.table(
        {"query_id": pa.array([], pa.int64()), "item_id": pa.array([], pa.list_(pa.int64()))}
    )
    pq.write_table(empty, tmp_path / "part-9.parquet")
    assert ids(str(tmp_path)) == list(range(6))
    files = [str(tmp_path / f"part-{part}.parquet") for part in (2, 0)]
    assert ids(files) == [4, 5, 0, 1]


def test_files_are_read_from_any_filesystem(path):
    with open(path, "rb") as local, fsspec.open("memory://data/train.parquet", "wb") as remote:
        remote.write(local.read())
    folder = pyarrow.fs.SubTreeFileSystem(path.rpartition("/")[0], pyarrow.fs.LocalFileSystem())
    for source, filesystem in [
        ("memory://data/train.parquet", None),
        ("data/train.parquet", fsspec.filesystem("memory")),
        (f"file://{path}", None),
        ("train.parquet", folder),
    ]:
        assert len(ids(source, filesystem=filesystem)) == 1000


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"query_id": [0, 1, 2, 3], "item_id": [[1], [2], None, [3]]}, r"'item_id', row 2: null"),
        ({"query_id": [0, 1, 2], "item_id": [[1], [], [5, None]]}, r"'item_id', row 2: null"),
        ({"query_id": [0], "item": [[1]]}, r"no column 'item_id'; it has \['query_id', 'item'\]"),
        ({"query_id": ["a"], "item_id": [[1]]}, "'query_id' is string; it must hold numbers"),
    ],
)
def test_faults_of_a_file_name_file_column_and_row(tmp_path, columns, message):
    file = tmp_path / "train.parquet"
    pq.write_table(pa.table(columns), file, row_group_size=2)
    with pytest.raises(DataError, match=message) as raised:
        list(ParquetDataset(str(file), METADATA))
    assert str(file) in str(raised.value)


def test_tables_start_anywhere_and_read_no_group_that_is_skipped_whole(path, monkeypatch):
    source = ParquetSource(path)
    assert sum(group.rows for group in source.groups) == 1000
    groups, original = [], ParquetSource.read

    def spy(self, group, schema):
        groups.append(group.number)
        return original(self, group, schema)

    monkeypatch.setattr(ParquetSource, "read", spy)
    tables = source.tables(source.groups, source.schema(["query_id"]), 80, [50, 1, 30])
    rows = [table["query_id"].to_pylist() for table in tables]
    assert rows == [[*range(80, 130)], [130], [*range(131, 161)]]
    assert groups == [2, 3, 4]  # of 37 rows each


def test_columns_are_read_as_signed_numbers_and_large_lists(tmp_path):
    columns = {
        "id": pa.array([1], pa.uint8()),
        "items": pa.array([[1, 2]], pa.list_(pa.uint32())),
        "pair": pa.array([[1.0, 2.0]], pa.list_(pa.float32(), 2)),
        "text": ["a"],
    }
    pq.write_table(pa.table(columns), tmp_path / "a.parquet")
    source = ParquetSource(str(tmp_path / "a.parquet"))
    assert source.column_names == ["id", "items", "pair", "text"]
    assert source.schema(["pair", "id", "items"]) == pa.schema(
        {"pair": pa.large_list(pa.float32()), "id": pa.int64(), "items": pa.large_list(pa.int64())}
    )


def test_nulls_in_lists_of_lists_are_found(tmp_path):
    file = tmp_path / "train.parquet"
    for tags in ([[[1], None]], [[[1, None]]], [None]):
        pq.write_table(pa.table({"tags": [[[1]], [], *tags]}), file)
        with pytest.raises(DataError, match="'tags', row 2: null"):
            list(ParquetDataset(str(file), {"tags": {"shape": [2, 2]}}))


def test_files_that_are_missing_empty_or_no_parquet_are_named(tmp_path):
    (tmp_path / "text.parquet").write_text("no parquet")
    pq.write_table(pa.table({"query_id": pa.array([], pa.int64())}), tmp_path / "empty.parquet")
    for name, message in [
        ("absent", "no such file"),
        ("text", "cannot be read as Parquet"),
        ("empty", "has no rows"),
    ]:
        with pytest.raises(DataError, match=rf"{name}\.parquet: {message}"):
            ParquetDataset(str(tmp_path / f"{name}.parquet"), METADATA)


KIND = TensorFeatureInfo("kind", FeatureType.CATEGORICAL, is_seq=True, cardinality=300)
PRICE = TensorFeatureInfo("price", FeatureType.NUMERICAL, is_seq=True)
GOOD = {"item_id": [[1], [2, 3]], "kind": [[4], [5, 6]], "price": [[0.5], [1.5, 2.5]]}


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"item_id": [[1], [2, 100]]}, "'item_id', row 1: 100 is the padding id"),
        ({"item_id": [[1], [-1, 2]]}, "'item_id', row 1: -1 is no id of the schema"),
        ({"kind": [[4], [5]]}, "'kind', row 1: 1 values for 2 items; write one value for each"),
        ({"kind": [[4.0], [5.0, 6.0]]}, r"'kind' is list<.*double>, and ids are whole numbers"),
        ({"price": [[1.0], [2.0, float("nan")]]}, "'price', row 1: nan is no finite number"),
        ({"price": [1.0, 2.0]}, "'price' is double, a number in each row; write a list"),
        ({"query_id": [0, None]}, "'query_id', row 1: null; give each row a number"),
        ({"item_id": pa.array([[1], [2, 2**63]], pa.list_(pa.uint64()))},
         "'item_id', rows from 0: a number that large_list<item: int64> cannot hold"),
    ],
)  # fmt: skip
def test_rows_that_do_not_fit_the_features_are_named(tmp_path, columns, said):
    features = TensorSchema([*SCHEMA.all_features, KIND, PRICE])
    file = written(tmp_path / "a.parquet", **(GOOD | columns))
    metadata = {"query_id": {}, **{name: {"shape": 2} for name in features}}
    with pytest.raises(DataError, match=rf"a\.parquet: column (?:{said})"):
        list(ParquetDataset(file, metadata, features=features))


def test_a_feature_is_read_from_its_own_column_and_narrow_ids_are_widened(tmp_path):
    source = TensorFeatureSource(FeatureSource.INTERACTIONS, "sort")
    features = TensorSchema([*SCHEMA.all_features, attrs.evolve(KIND, feature_sources=[source])])
    sorts = pa.array([[4], [5, 6]], pa.list_(pa.int8()))
    file = written(tmp_path / "a.parquet", sort=sorts, kind=[[0], [0, 0]])
    module = ParquetModule(
        2, train_path=file, schema=features, max_sequence_length=2, config={"train": {}}
    )
    (batch,) = module.train_dataloader()
    assert batch["kind"].tolist() == [[300, 4], [5, 6]]  # 300 is the padding id
    pq.write_table(pq.read_table(file).drop_columns(["sort"]), file)
    with pytest.raises(DataError, match="no column 'sort'"):
        list(ParquetModule(2, train_path=file, schema=features, max_sequence_length=2)
             .train_dataloader())  # fmt: skip


def test_times_of_ties_are_as_many_as_events(tmp_path):
    file = written(tmp_path / "a.parquet", time=[[1], [2]])
    with pytest.raises(DataError, match=r"a\.parquet: column 'time', row 1: 1 values for 2 items"):
        list(ParquetDataset(file, METADATA, features=SCHEMA, tie_column="time",
                            generator=torch.Generator()))  # fmt: skip
