import importlib.util
import json
import sys
from pathlib import Path

import pytest
import torch
from seqrec_tool_plan.dry_run import DryRun
from seqrec_tool_plan.plan import in_units, size_of
from seqrec_tool_plan.planned_batch import drawn_batch
from seqrec_tool_plan.remedies import Remedy, remedies
from seqrec_tool_plan.step_cost import step_cost
from torch import nn
from typer.testing import CliRunner

from seqrec_core import build, load
from seqrec_core.cli import app
from seqrec_core.errors import SeqrecError, SpecError
from seqrec_core.session import load_resolved

MB = 2**20
FLOAT = 4


@pytest.fixture
def spec(tmp_path):
    def write(items=2000, **model):
        raw = {
            "seqrec": 1,
            "schema": {
                "features": [
                    {"name": "item_id", "type": "categorical", "hint": "item_id"}
                    | {"cardinality": items}
                ]
            },
            "model": {"type": "sasrec", "embedding_dim": 16, "num_heads": 2}
            | {"max_sequence_length": 10, **model},
            "data": {"type": "parquet", "batch_size": 8},
            "trainer": {"type": "lightning"},
        }
        path = tmp_path / "spec.json"
        path.write_text(json.dumps(raw))
        return path

    return write


def cost(path, *overrides, real=1.0):
    return step_cost(load_resolved(path, overrides).recipe, real)


def test_floats_take_no_memory_and_are_counted():
    with DryRun() as run:
        table = torch.zeros(2**40, 64)
        assert run.live == 2**40 * 64 * FLOAT
        assert table.device.type == "cpu"
        del table
        assert run.live == 0
    assert run.peak == 2**40 * 64 * FLOAT


def test_views_and_in_place_operations_take_nothing_more():
    with DryRun() as run:
        table = torch.zeros(MB)
        table.view(2, -1).add_(1)[0].mul_(2)
        assert run.peak == MB * FLOAT


def test_a_peak_counts_what_is_alive_together():
    with DryRun() as run:
        run.phase = "sum"
        total = torch.zeros(100)
        for _ in range(5):
            total += torch.ones(100)
        assert run.peak == 2 * 100 * FLOAT
    assert run.peak_phase == "sum"


def test_integers_are_computed_so_that_shapes_are_the_true_ones():
    with DryRun():
        mask = torch.tensor([True, False, True, True])
        states = torch.randn(4, 3)
        assert states[mask].shape == (3, 3)
        assert states[mask.nonzero().squeeze(1)].shape == (3, 3)
        assert torch.unique(torch.tensor([3, 3, 5])).tolist() == [3, 5]


def test_of_imagined_values_the_worst_is_assumed():
    with DryRun():
        values = torch.randn(5, 2)
        assert (values > 0).nonzero().shape == (10, 2)
        assert values[values[:, 0] > 0].shape == (5, 2)
        assert int((values > 0).sum()) == 1
        with pytest.raises(SeqrecError, match="depend on the values of aten"):
            torch.unique(values)


def test_gradients_that_autograd_adds_up_take_no_third_table():
    with DryRun() as run:
        table = torch.randn(MB, requires_grad=True)
        loss = (table * 2).sum() + (table * 3).sum()
        run.restart()
        loss.backward()
        assert run.peak == pytest.approx(3 * MB * FLOAT, rel=0.01)  # the table, two gradients


def test_matrix_products_are_counted_in_place_too():
    with DryRun() as run:
        left, right, total = torch.randn(2, 3), torch.randn(3, 5), torch.zeros(2, 5)
        left @ right
        total.addmm_(left, right)
        assert run.flops == 2 * (2 * 2 * 3 * 5)


def test_a_backward_pass_is_counted():
    with DryRun() as run:
        layer, x = nn.Linear(100, 100, bias=False), torch.randn(10, 100)
        before = run.live
        layer(x).sum().backward()
        assert run.live - before == 100 * 100 * FLOAT  # the gradient
        assert run.flops == 2 * (2 * 10 * 100 * 100)  # forward, and the gradient of the weight


def test_a_share_of_the_batch_is_real_and_the_longest_user_is_full(spec):
    schema = load_resolved(spec()).recipe.schema.tensor_schema()
    full = drawn_batch(schema, 64, 20, 1.0)["item_id_mask"]
    assert full.all()
    assert full.shape == (64, 20)
    half = drawn_batch(schema, 64, 20, 0.5)["item_id_mask"]
    assert half.float().mean() == pytest.approx(0.5, abs=0.03)
    assert half.sum(1).max() == 20
    assert half[:, -1].all()


def test_the_model_the_gradients_and_the_state_have_their_exact_sizes(spec):
    path = spec()
    parameters = sum(p.numel() for p in build(load(path)).parameters())
    found = cost(path)
    assert found.parameters == parameters
    assert found.model == found.gradients == parameters * FLOAT
    tensors = len(list(build(load(path)).parameters()))
    assert found.optimizer == pytest.approx(2 * parameters * FLOAT, abs=16 * tensors)
    assert found.most >= found.checkpoint == 2 * (found.model + found.optimizer)


def test_half_the_positions_leave_the_loss_half_the_work(spec):
    path, rows = spec(items=20_000), "data.batch_size=64"
    whole, half = cost(path, rows).flops, cost(path, rows, real=0.5).flops
    assert half / whole == pytest.approx(0.5, abs=0.1)


def test_sparse_gradients_hold_no_table(spec):
    path = spec(loss={"type": "ce_sampled"})
    dense = cost(path)
    sparse = cost(path, 'model.embedder={"type":"sequence","sparse":true}')
    assert sparse.gradients < dense.gradients / 2
    assert sparse.peak < dense.peak


def test_halved_numbers_take_half_the_memory(spec):
    path = spec()
    assert cost(path, "trainer.precision=bf16-true").model * 2 == cost(path).model


@pytest.mark.parametrize("kind", ["ce", "bce", "log_in_ce", "log_out_ce", "sce"])
def test_every_loss_can_be_planned(spec, kind):
    found = cost(spec(loss={"type": kind}))
    assert found.peak > found.activations > found.batch > 0


def test_a_recipe_that_trains_nothing_is_refused(spec):
    recipe = load(json.loads(spec().read_text()) | {"trainer": None})
    with pytest.raises(SpecError, match=r"trainer: add .*lightning"):
        step_cost(recipe)


def test_what_is_proposed_fits_when_planned_again(spec):
    path = spec(items=20_000, loss={"type": "ce", "backend": "torch"})
    whole = cost(path, "data.batch_size=64").peak
    found = list(remedies(path, ["data.batch_size=64"], whole // 2))
    assert [remedy.what for remedy in found] == [
        "smaller batch",
        "logits in chunks",
        "sampled loss, ce_sampled",
        "sampled loss, row-sparse gradients",
    ]
    assert found[0].settings == ("data.batch_size=16", "trainer.accumulate_grad_batches=4")
    assert found[1].settings == ("model.loss.backend=chunked",)
    for remedy in found:
        again = cost(path, "data.batch_size=64", *remedy.settings).most
        assert again == pytest.approx(remedy.peak, rel=0.01)
        assert remedy.peak <= whole // 2


def test_a_sampled_loss_keeps_the_settings_of_the_full_one(spec):
    path = spec(items=50_000, loss={"type": "ce", "label_smoothing": 0.1})
    budget = cost(path).most - 1
    changed = next(r for r in remedies(path, [], budget) if "ce_sampled" in r.what).settings[0]
    assert changed == 'model.loss={"type":"ce_sampled","label_smoothing":0.1}'


def test_nothing_is_proposed_where_nothing_fits(spec):
    assert list(remedies(spec(), [], 1000)) == []


def seqrec(*arguments):
    return CliRunner().invoke(app, ["plan", *map(str, arguments)], catch_exceptions=False)


def test_plan_prints_the_cost_and_whether_it_fits(spec):
    done = seqrec(spec(), "--memory", "64GB")
    assert done.exit_code == 0
    for words in ("activations", "largest tensor", "peak", "FLOP", "fits 64GB"):
        assert words in done.output


def test_plan_says_what_would_fit_and_exits_with_1(spec, monkeypatch):
    settings = ("model.loss.backend=chunked", 'model.loss={"type":"ce_sampled"}')
    found = [Remedy("another loss", settings, peak=MB)]
    monkeypatch.setattr("seqrec_tool_plan.plan.remedies", lambda *_: found)
    done = seqrec(spec(), "--memory", "1KB")
    assert done.exit_code == 1
    assert "does not fit 1KB" in done.output
    assert "another loss" in done.output
    words = """--set model.loss.backend=chunked --set 'model.loss={"type":"ce_sampled"}'"""
    assert words in done.output
    found.clear()
    assert "lower model.embedding_dim" in seqrec(spec(), "--memory", "1KB").output


def test_sizes_are_read_and_written_in_units():
    assert size_of("8GB") == 8 * 10**9
    assert size_of("1.5 MiB") == 1.5 * MB
    assert in_units(84_502_684) == "84.5 MB"
    assert in_units(999_900) == "1 MB"
    with pytest.raises(SeqrecError, match="--memory is '8'; give a size such as 8GB"):
        size_of("8")


def measuring():
    path = Path(__file__).parents[2] / "results" / "planned_memory.py"
    module = importlib.util.module_from_spec(
        importlib.util.spec_from_file_location("planned_memory", path)
    )
    module.__spec__.loader.exec_module(module)
    return module


@pytest.mark.skipif(sys.platform != "linux", reason="measures resident memory as Linux tells it")
def test_the_predicted_peak_is_within_a_quarter_of_what_training_uses(tmp_path):
    memory = measuring()
    cases = {
        "full catalogue": (40_000, {}, {"batch_size": 64}),
        "sampled": (40_000, {"loss": {"type": "ce_sampled"}}, {"batch_size": 128}),
        "two towers": (8_000, {"type": "two_tower"}, {"batch_size": 32}),
    }
    specs = [memory.write_case(tmp_path / name, case) for name, case in cases.items()]
    used = memory.used_by_run(*specs, **memory.RETURNS_MEMORY)
    predicted = [cost(path).most for path in specs]
    growths = [found["growth"] for found in used]
    assert predicted == pytest.approx(growths, rel=0.25)


def test_an_average_of_the_weights_is_planned_for(spec):
    plain, averaged = cost(spec()), cost(spec(), "trainer.ema_decay=0.99")
    weights = plain.parameters * FLOAT
    assert averaged.model == plain.model + weights
    assert averaged.peak == plain.peak + weights
    assert averaged.optimizer == plain.optimizer
    assert averaged.checkpoint == plain.checkpoint + 2 * weights
