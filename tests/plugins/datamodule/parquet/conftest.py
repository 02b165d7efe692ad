"""A file of a thousand rows in many row groups, and a data folder of 60 users."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tiny_parquet import write_folder


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    """1,000 rows in row groups of 37; the list of row i has i % 8 elements."""
    path = tmp_path_factory.mktemp("stream") / "train.parquet"
    columns = {"query_id": range(1000), "item_id": [[i % 50] * (i % 8) for i in range(1000)]}
    pq.write_table(pa.table(columns), path, row_group_size=37)
    return str(path)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The data folder of tiny_parquet."""
    folder = tmp_path_factory.mktemp("data")
    write_folder(folder)
    return folder
