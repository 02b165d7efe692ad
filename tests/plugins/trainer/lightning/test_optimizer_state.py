"""What an optimiser ended with is what the next training begins with."""

import pytest
import torch
from seqrec_trainer_lightning.optimizer_state import KEY, read_state
from tiny_runs import Batches, Model, batch, fit, tiny_trainer

from seqrec_core.contracts import KeepsOptimizerState
from seqrec_core.errors import SeqrecError


def checkpoint(folder):
    return torch.load(folder / "checkpoints" / "last.ckpt", weights_only=True)


def test_a_run_begins_with_the_state_and_keeps_its_own_settings(tmp_path):
    data = Batches(train=[[batch(1), batch(2)]])
    fit(tiny_trainer(max_epochs=1), tmp_path / "first", model=Model(), data=data)
    trainer = tiny_trainer(max_epochs=1)
    assert isinstance(trainer, KeepsOptimizerState)
    state = trainer.optimizer_state(tmp_path / "first")
    assert state.keys() == {"table"}
    assert state["table"]["step"] == 2
    wide = torch.full_like(state["table"]["exp_avg_sq"], 1e4)  # beside which gradients are nothing
    begun = {"table": {**state["table"], "exp_avg_sq": wide}}
    fit(trainer, tmp_path / "second", model=Model(), data=data, optimizer_state=begun)
    second = checkpoint(tmp_path / "second")["optimizer_states"][0]
    assert second["state"][0]["step"] == 4
    square = second["state"][0]["exp_avg_sq"]
    torch.testing.assert_close(square, torch.full_like(square, 1e4 * 0.98**2), rtol=1e-3, atol=0)


def test_what_is_not_there_or_not_named_is_an_error(tmp_path):
    trainer = tiny_trainer(max_epochs=1)
    with pytest.raises(SeqrecError, match=r"last\.ckpt is not there"):
        trainer.optimizer_state(tmp_path)
    fit(trainer, tmp_path, model=Model())
    path = tmp_path / "checkpoints" / "last.ckpt"
    torch.save({k: v for k, v in checkpoint(tmp_path).items() if k != KEY}, path)
    with pytest.raises(SeqrecError, match="an earlier edition"):
        read_state(path)
