"""The maps between ids of batches and those of the data."""

import numpy as np
import pyarrow as pa
import pytest
from seqrec_tool_run.id_maps import UserIds

from seqrec_core.errors import DataError


def users() -> UserIds:
    return UserIds(np.array([30, 10, 20]), pa.array(["c", "a", "b"]))


def test_users_are_found_by_query_ids_in_any_order():
    queries = np.array([10, 30, 30, 20])
    assert users().external_of(queries).to_pylist() == ["a", "c", "c", "b"]


def test_a_user_outside_the_map_is_named():
    with pytest.raises(DataError, match=r"\(users.parquet\) have no query_id 25"):
        users().external_of(np.array([10, 25]))


def test_a_map_is_made_of_the_table_of_a_vocabulary():
    parts = [pa.table({"query_id": [each], "user": [each * "x"], "more": [0]}) for each in (7, 3)]
    ids = UserIds.of(pa.concat_tables(parts))
    assert ids.external_of(np.array([3, 7])).to_pylist() == ["xxx", "xxxxxxx"]
