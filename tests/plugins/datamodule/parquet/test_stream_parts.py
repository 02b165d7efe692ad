"""Parts of a stream: together they are the stream, whoever reads them."""

import pickle

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from seqrec_datamodule_parquet.dataset import ParquetDataset
from seqrec_datamodule_parquet.parquet_module import ParquetModule
from seqrec_datamodule_parquet.stream_parts import OFTEN, ROWS, StreamPart, parts_of
from seqrec_library_engines.pieces import ReadsPieces

METADATA = {"query_id": {}, "item_id": {"shape": 5, "padding": 99}}


def written(path, rows, group, first=0):
    """Row i has i % 8 elements."""
    ids = range(first, first + rows)
    lists = pa.array([[i % 50] * (i % 8) for i in ids], pa.list_(pa.int64()))
    columns = {"query_id": ids, "item_id": lists}
    pq.write_table(pa.table(columns), path, row_group_size=group)
    return str(path)


def assert_same(parts, whole):
    parts, whole = list(parts), list(whole)
    assert len(parts) == len(whole)
    for one, other in zip(parts, whole, strict=True):
        assert one.keys() == other.keys()
        assert all(torch.equal(one[name], other[name]) for name in other)


@pytest.mark.parametrize(
    ("rows", "group", "batch_size"), [(1, 1, 1), (9000, 37, 16), (20000, 20000, 7), (4096, 999, 99)]
)
@pytest.mark.parametrize("by_length", [False, True])
def test_parts_are_the_batches_of_the_stream_in_order(tmp_path, rows, group, batch_size, by_length):
    path = written(tmp_path / "predict.parquet", rows, group)
    stream = ParquetDataset(
        path, METADATA, batch_size=batch_size, length_column="item_id", group_by_length=by_length
    )
    parts = parts_of([stream])
    batches = [batch for part in parts for batch in stream.part(part.first, part.stop)]
    assert_same(batches, stream)
    assert all(isinstance(part, StreamPart) for part in pickle.loads(pickle.dumps(parts)))
    sizes = [sum(len(b["query_id"]) for b in stream.part(p.first, p.stop)) for p in parts]
    assert all(size >= max(ROWS, min(group, rows) // OFTEN) for size in sizes[:-1])
    assert rows < ROWS or len(parts) <= rows // ROWS + 1


def test_a_part_reads_its_own_row_groups_alone(tmp_path, monkeypatch):
    path = written(tmp_path / "predict.parquet", 20000, 500)
    stream = ParquetDataset(path, METADATA, batch_size=100)
    part = parts_of([stream])[1]
    read, groups = stream.source.read, []

    def reading(group, schema):
        groups.append(group.number)
        return read(group, schema)

    monkeypatch.setattr(stream.source, "read", reading)
    ids = [number for batch in stream.part(part.first, part.stop) for number in batch["query_id"]]
    assert [int(ids[0]), int(ids[-1])] == [5000, 9999]
    assert groups == list(range(10, 20))


def test_several_files_come_in_order_and_a_split_that_is_not_there_has_no_pieces(tmp_path):
    one = written(tmp_path / "one.parquet", 9000, 100)
    two = written(tmp_path / "two.parquet", 10, 3, first=9000)
    data = ParquetModule(50, {"predict": METADATA}, predict_path=[one, two], group_by_length=True)
    assert isinstance(data, ReadsPieces)
    pieces = data.pieces("predict")
    assert [piece.stream for piece in pieces] == [0, 0, 1]
    batches = [batch for piece in pieces for batch in data.batches_of("predict", piece)]
    assert_same(batches, [batch for loader in data.loaders("predict") for batch in loader])
    assert data.pieces("test") == []


def test_a_shuffled_stream_has_no_parts(tmp_path):
    path = written(tmp_path / "train.parquet", 30, 10)
    data = ParquetModule(5, {"train": METADATA}, train_path=path)
    assert data.pieces("train") is None
    with pytest.raises(ValueError, match="a stream in random order has no parts"):
        next(data.train_dataloader().part(0, 1))
