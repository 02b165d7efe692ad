"""The maps between ids of batches and those of the data."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from seqrec_tool_run.id_maps import UserIds, read_ids

from seqrec_core.errors import DataError


def users() -> UserIds:
    return UserIds(np.array([30, 10, 20]), pa.array(["c", "a", "b"]))


def test_users_are_found_by_query_ids_in_any_order():
    queries = np.array([10, 30, 30, 20])
    assert users().external_of(queries).to_pylist() == ["a", "c", "c", "b"]


def test_a_user_outside_the_map_is_named():
    with pytest.raises(DataError, match=r"users.parquet has no query_id 25"):
        users().external_of(np.array([10, 25]))


def test_missing_maps_and_columns_are_named(tmp_path):
    with pytest.raises(DataError, match=r"items.parquet is missing; make the folder with"):
        read_ids(tmp_path / "items.parquet", ["item"])
    pq.write_table(pa.table({"item_id": [0]}), tmp_path / "items.parquet")
    with pytest.raises(DataError, match="column 'item' is missing"):
        read_ids(tmp_path / "items.parquet", ["item"])


def test_a_map_is_read_from_its_file(tmp_path):
    table = pa.table({"query_id": [7, 3], "user": ["x", "y"], "more": [0, 0]})
    pq.write_table(table, tmp_path / "users.parquet")
    ids = UserIds.read(tmp_path / "users.parquet")
    assert ids.external_of(np.array([3, 7])).to_pylist() == ["y", "x"]
