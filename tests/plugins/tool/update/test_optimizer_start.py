"""The optimiser of an update goes on where that of the run was."""

import copy
import re
import shutil

import pytest
import torch
from safetensors.torch import load_file
from seqrec_tool_run.fit import fit
from seqrec_tool_update import optimizer_start
from seqrec_tool_update.growth import Growth
from seqrec_tool_update.optimizer_start import grown_state
from seqrec_tool_update.update import update
from torch import nn

from seqrec_core.contracts import ScoresCandidates
from seqrec_core.errors import BundleError
from seqrec_core.session import load_resolved

WHOLE = ("trainer.monitor=train_loss", "trainer.mode=min", "data.batch_size=64")


def trained(days, out, *settings):
    recipe = load_resolved(days / "spec.json", [*WHOLE, *settings]).recipe
    assert fit(recipe, out)
    return load_file(out / "model.safetensors")


@pytest.mark.slow
@pytest.mark.parametrize(
    "optimizer",
    [(), ('trainer.optimizer={"type":"adamw"}',), ('trainer.optimizer={"type":"lion"}',)],
)
def test_two_epochs_are_one_and_an_update_of_another(days, tmp_path, optimizer):
    """An epoch is one batch of all users, so that nothing but the optimiser tells them apart."""
    trained(days, tmp_path / "run", *optimizer)
    expected = trained(days, tmp_path / "both", *optimizer, "trainer.max_epochs=2")
    shutil.copytree(days / "data", tmp_path / "data")
    result = update(tmp_path / "run", tmp_path / "data", tmp_path / "run2", epochs=1)
    assert result.optimizer == "the optimiser goes on"
    weights = load_file(tmp_path / "run2" / "model.safetensors")
    assert weights.keys() == expected.keys()
    for name, weight in weights.items():
        other = expected[name]
        if weight.shape == (24,):  # of the keys' biases, which change no attention, is only noise
            weight, other = (torch.cat([each[:8], each[16:]]) for each in (weight, other))
        torch.testing.assert_close(weight, other, rtol=0, atol=2e-6)


@pytest.mark.slow
def test_the_first_step_on_more_items_is_that_of_the_moved_moments(days, tmp_path, monkeypatch):
    """Moments are those of the run, zero for new rows, moved on by the gradient of the step."""
    trained(days, tmp_path / "run")
    seen = []
    step = torch.optim.Adam.step

    def watched(self, closure=None):
        result = step(self, closure)
        own = self.param_groups[0]["params"]
        seen.append([(p, p.grad.clone(), copy.deepcopy(self.state[p])) for p in own])
        return result

    monkeypatch.setattr(torch.optim.Adam, "step", watched)
    update(tmp_path / "run", days / "day2", tmp_path / "run2", epochs=1)
    last = torch.load(tmp_path / "run" / "checkpoints" / "last.ckpt", weights_only=True)
    names, before = last["seqrec_parameters"], last["optimizer_states"][0]["state"]
    for number, (name, (weight, gradient, state)) in enumerate(zip(names, seen[0], strict=True)):
        assert state["step"] == 2
        mean, square = (before[number][key] for key in ("exp_avg", "exp_avg_sq"))
        if mean.shape != weight.shape:
            assert "item" in name
            gaps = torch.zeros(3, *mean.shape[1:])
            mean, square = (torch.cat([each[:10], gaps, each[10:]]) for each in (mean, square))
        torch.testing.assert_close(state["exp_avg"], 0.9 * mean + 0.1 * gradient)
        expected = 0.98 * square + 0.02 * gradient**2
        torch.testing.assert_close(state["exp_avg_sq"], expected, rtol=1e-4, atol=1e-12)


def test_a_number_a_row_grows_with_its_table_and_counts_stay():
    table = nn.Embedding(6, 2)
    state = {
        "weight": {
            "step": torch.tensor(7.0),
            "last": torch.tensor([1.0, 2.0, 3.0, 4.0]),
            "exp_avg": torch.ones(4, 2),
            "mode": "x",
        },
        "gone": {"step": torch.tensor(1.0)},
    }
    grown = grown_state(state, table, Growth(items=(3, 5), padding=(3, 5)))
    assert grown.keys() == {"weight"}
    assert grown["weight"]["step"] == 7
    assert grown["weight"]["mode"] == "x"
    assert grown["weight"]["last"].tolist() == [1, 2, 3, 0, 0, 4]
    assert grown["weight"]["exp_avg"][:, 0].tolist() == [1, 1, 1, 0, 0, 1]
    with pytest.raises(BundleError, match="exp_avg_sq_row of weight"):
        grown_state(
            {"weight": {"exp_avg_sq_row": torch.ones(1, 2)}},
            table,
            Growth(items=(3, 5), padding=(3, 5)),
        )


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (['trainer.optimizer={"type":"sgd"}'], "anew: trainer.optimizer differs"),
        (['trainer.optimizer.sparse="exact"'], "anew: trainer.optimizer.sparse differs"),
        ("checkpoint", r"anew: .*last\.ckpt is not there"),
        ("another trainer", "anew: LightningTrainer keeps no state"),
        (["trainer.optimizer.lr=0.5"], "goes on$"),
    ],
)
def test_where_it_begins_anew_the_result_says_why(days, run, tmp_path, monkeypatch, change, said):
    if change == "checkpoint":
        shutil.rmtree(run / "checkpoints")
    if change == "another trainer":
        monkeypatch.setattr(optimizer_start, "KeepsOptimizerState", ScoresCandidates)
    overrides = change if isinstance(change, list) else []
    result = update(run, days / "day2", tmp_path / "run2", epochs=1, overrides=overrides)
    assert re.search(said, result.optimizer)
    assert result.optimizer in result.summary()
