"""What stands for all rows gives slices of them, and says so where that does not do."""

import pytest
import torch
from seqrec_library_sharding import sharded_rows
from seqrec_library_sharding.sharded_rows import WholeTableError
from seqrec_library_sharding.sharded_table import ShardedTable, share_out
from torch.nn import functional as F


@pytest.fixture
def table(group):
    table = ShardedTable(9, 2, padding_idx=4)
    share_out(table, torch.device("cpu"))
    return table


@pytest.mark.parametrize("tile_bytes", [1, 24, 1 << 20])
@torch.no_grad()
def test_slices_and_products_are_those_of_all_rows(table, monkeypatch, tile_bytes):
    monkeypatch.setattr(sharded_rows, "TILE_BYTES", tile_bytes)
    rows, expected = table.without(4), torch.cat([table.weight[:4], table.weight[5:]])
    for part in (slice(0, 3), slice(3, 8), slice(2, 4), slice(6, 99), slice(5, 5), slice(None)):
        assert torch.equal(rows[part], expected[part])
    hidden = torch.randn(3, 2)
    torch.testing.assert_close(F.linear(hidden, rows), hidden @ expected.T)
    assert len(rows) == rows.size(0) == rows.shape[0] == 8
    assert (rows.dim(), rows.dtype, rows.detach()) == (2, torch.float32, rows)


def test_all_else_is_an_error_that_names_the_remedy(table):
    rows = table.without(4)
    hidden = torch.randn(3, 2)
    with pytest.raises(WholeTableError, match=r"in training.*such as ce_sampled"):
        F.linear(hidden, rows)
    with torch.no_grad():
        for wrong in (
            lambda: rows.T,
            lambda: hidden @ rows,
            lambda: torch.ones(2) + rows,
            lambda: rows[torch.tensor([1])],
            lambda: rows[::2],
            lambda: torch.cat([rows, rows]),
        ):
            with pytest.raises(WholeTableError, match=r"ce_sampled|shared out"):
                wrong()


def test_ids_without_a_row_are_an_error(table):
    with pytest.raises(IndexError, match="ids from 0 to 9 in a table of 9 rows"):
        table(torch.tensor([0, 9]))
