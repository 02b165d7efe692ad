"""What a checkpoint has of tables that are shared out; two processes are in test_shared_tables."""

from types import SimpleNamespace

import pytest
import torch
from seqrec_library_sharding.sharded_table import ShardedTable, share_out
from seqrec_trainer_lightning.checkpointed_tables import put_whole_rows, take_own_rows
from torch import distributed


@pytest.fixture
def model(tmp_path):
    place = f"file://{tmp_path / 'meeting'}"
    distributed.init_process_group("gloo", place, rank=0, world_size=1)
    model = torch.nn.ModuleDict({"item_id": ShardedTable(5, 2), "inner": torch.nn.Linear(2, 2)})
    share_out(model, torch.device("cpu"))
    yield model
    distributed.destroy_process_group()


def checkpoint_of(model):
    state = {"exp_avg": torch.arange(10.0).view(5, 2), "step": torch.tensor(3.0)}
    return {
        "state_dict": {f"model.{name}": value for name, value in model.state_dict().items()},
        "optimizer_states": [{"state": {0: state, 1: {"step": torch.tensor(3.0)}}}],
        "seqrec_parameters": ["item_id.weight", "inner.weight"],
        "seqrec_gradients": {
            "item_id.weight": torch.ones(5, 2).to_sparse(1),
            "inner.weight": torch.ones(2, 2),
        },
    }


def test_rows_of_all_come_in_and_rows_of_one_go_out(model, tmp_path):
    module, checkpoint = SimpleNamespace(model=model), checkpoint_of(model)
    live = checkpoint["optimizer_states"][0]["state"][0]
    put_whole_rows(checkpoint, module, tmp_path)
    states = checkpoint["optimizer_states"][0]["state"]
    assert states[0]["exp_avg"].tolist() == live["exp_avg"].tolist()
    assert states[0] is not live  # which is the optimiser's own
    assert states[0]["step"] is live["step"]
    assert checkpoint["seqrec_gradients"]["item_id.weight"].tolist() == [[1, 1]] * 5
    take_own_rows(checkpoint, module)
    weight = checkpoint["state_dict"]["model.item_id.weight"]
    assert torch.equal(weight, model["item_id"].weight)
    model["item_id"].exchange.size, model["item_id"].exchange.rank = 2, 1
    take_own_rows(checkpoint, module)
    assert checkpoint["optimizer_states"][0]["state"][0]["exp_avg"].tolist() == [[2, 3], [6, 7]]
    assert torch.equal(checkpoint["state_dict"]["model.item_id.weight"], weight[1::2])


def test_a_table_under_two_names_is_one_in_a_checkpoint(model):
    table = model["also"] = model["item_id"]
    module, checkpoint = SimpleNamespace(model=model), checkpoint_of(model)
    del checkpoint["seqrec_gradients"]  # sparse ones are of one process
    weights, whole = checkpoint["state_dict"], table.weight.detach().clone()
    table.exchange.size, table.exchange.rank = 2, 1
    take_own_rows(checkpoint, module)
    assert torch.equal(weights["model.also.weight"], whole[1::2])
    assert weights["model.also.weight"] is weights["model.item_id.weight"]
    assert weights["model.inner.weight"].shape == (2, 2)
    table.exchange.size, table.exchange.rank = 1, 0
    checkpoint = checkpoint_of(model)
    put_whole_rows(checkpoint, module, None)
    weights = checkpoint["state_dict"]
    assert weights["model.also.weight"] is weights["model.item_id.weight"]
    assert torch.equal(weights["model.also.weight"], whole)
