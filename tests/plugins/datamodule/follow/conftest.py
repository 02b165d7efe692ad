"""A stream of small files, and the rows that a stream of batches has."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from seqrec_datamodule_follow.arrivals import Arrivals
from seqrec_datamodule_follow.file_stream import FileStream
from seqrec_datamodule_parquet.parquet_module import ParquetModule
from tiny_parquet import SCHEMA


def open_file(train):
    import torch

    shuffled = {"train": {"generator": torch.Generator().manual_seed(5)}}
    return ParquetModule(8, config=shuffled, train_path=train, schema=SCHEMA, max_sequence_length=6)


@pytest.fixture
def opened():
    """Makes the module that reads a file."""
    return open_file


@pytest.fixture
def folder(tmp_path):
    """An empty folder that files come to."""
    (tmp_path / "stream").mkdir()
    return tmp_path / "stream"


@pytest.fixture
def add(folder):
    """Puts a file of rows `first` to before `stop` into the folder, whole."""

    def write(name, first, stop, item=None):
        rows = range(first, stop)
        lists = [[(7 * i + j) % 100 for j in range(1 + i % 9)] for i in rows]
        if item is not None:
            lists[-1] = [item]
        table = pa.table(
            {
                "query_id": pa.array(rows, pa.int64()),
                "item_id": pa.array(lists, pa.list_(pa.int64())),
            }
        )
        (folder / name).parent.mkdir(exist_ok=True)
        pq.write_table(table, folder / "_draft", row_group_size=7)
        (folder / "_draft").rename(folder / name)

    return write


@pytest.fixture
def stream(folder):
    """Makes a stream of the folder, in the state of another if there is one."""

    def make(state=None):
        new = FileStream(Arrivals(str(folder)), open_file)
        if state is not None:
            new.load_state_dict(state)
        return new

    return make
