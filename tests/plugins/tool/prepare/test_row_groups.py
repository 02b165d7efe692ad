"""Row groups have one size, whatever the size of the pieces that are appended."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from seqrec_tool_prepare.row_groups import RowGroups, rows_for_streaming


@pytest.mark.parametrize(
    ("pieces", "sizes"),
    [([3, 4, 5], [4, 4, 4]), ([9], [4, 4, 1]), ([1, 0, 1], [2]), ([0], []), ([4, 0], [4])],
)
def test_all_row_groups_but_the_last_are_full(tmp_path, pieces, sizes):
    path = tmp_path / "x.parquet"
    ends = np.cumsum(pieces)
    with RowGroups(path, 4) as file:
        for size, end in zip(pieces, ends, strict=True):
            file.append(pa.table({"x": np.arange(end - size, end)}))
    groups = pq.ParquetFile(path).metadata
    assert [groups.row_group(n).num_rows for n in range(groups.num_row_groups)] == sizes
    assert pq.read_table(path)["x"].to_pylist() == list(range(sum(pieces)))


@pytest.mark.parametrize(
    ("users", "events", "rows"),
    [
        (101, 2_000, 64),  # never smaller
        (6_040, 1_000_209, 378),  # sixteen row groups
        (10_000_000, 100_000_000, 4_096),  # never larger
        (200_000, 400_000_000, 131),  # 2**18 events of two thousand a user
    ],
)
def test_a_row_group_is_small_enough_to_stream_and_to_share(users, events, rows):
    assert rows_for_streaming(users, events) == rows
