"""Whole tables for files, by way of files."""

import errno
import os

import pytest
import torch
from seqrec_library_sharding.sharded_table import ShardedTable, share_out
from seqrec_library_sharding.whole_tables import whole_rows, whole_tables


@pytest.mark.parametrize("has_folder", [True, False])
def test_a_model_holds_whole_tables_for_a_while(group, tmp_path, has_folder):
    model = torch.nn.ModuleDict({"item_id": ShardedTable(5, 2)})
    table = model["item_id"]
    share_out(model, torch.device("cpu"))
    own, before = table.weight.data_ptr(), table.weight.detach().clone()
    folder = tmp_path / "new" if has_folder else None
    with whole_tables(model, folder):
        assert table.weight.data_ptr() != own
        assert torch.equal(model.state_dict()["item_id.weight"], before)
    assert table.weight.data_ptr() == own
    assert not folder or not [*folder.iterdir()]
    moments = torch.arange(5.0)
    assert whole_rows(table, moments, folder).tolist() == moments.tolist()


def test_a_full_disk_is_an_error_and_leaves_nothing(group, tmp_path, monkeypatch):
    table = ShardedTable(5, 2)
    share_out(table, torch.device("cpu"))

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", full)
    with pytest.raises(OSError, match="No space left"):
        whole_rows(table, table.weight.detach(), tmp_path / "run")
    assert not [*(tmp_path / "run").iterdir()]


def test_a_model_without_shared_tables_stays_as_it_is():
    model = ShardedTable(5, 2)
    weights = model.weight.data_ptr()
    with whole_tables(model):
        assert model.weight.data_ptr() == weights
