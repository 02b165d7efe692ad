"""The cost of a step: exact for what can be counted by hand, measured for the rest."""

import importlib.util
import json
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest
from seqrec_tool_plan.step_cost import step_cost

from seqrec_core import build, load
from seqrec_core.errors import PluginFaultError, SpecError
from seqrec_core.session import load_resolved, registry
from seqrec_core.spec import DataModuleSpec, TrainerSpec, param
from seqrec_core.spec import spec as spec_class

FLOAT = 4


def test_the_model_the_gradients_and_the_state_have_their_exact_sizes(spec, cost):
    path = spec()
    parameters = sum(p.numel() for p in build(load(path)).parameters())
    step = cost(path)
    assert step.parameters == parameters
    assert step.model == step.gradients == parameters * FLOAT
    tensors = len(list(build(load(path)).parameters()))
    assert step.optimizer == pytest.approx(2 * parameters * FLOAT, abs=16 * tensors)
    assert step.most >= step.checkpoint == step.model + step.optimizer


def test_half_the_positions_leave_the_loss_half_the_work(spec, cost):
    path, rows = spec(items=20_000), "data.batch_size=64"
    whole, half = cost(path, rows).flops, cost(path, rows, real=0.5).flops
    assert half / whole == pytest.approx(0.5, abs=0.1)


def test_sparse_gradients_hold_the_rows_that_a_step_looks_up_and_no_table(spec, cost):
    path = spec(loss={"type": "ce_sampled"})
    dense = cost(path)
    sparse = cost(path, 'model.embedder={"type":"sequence","sparse":true}')
    table, width = (2000 + 1) * 16 * FLOAT, 16 * FLOAT + 8  # a row: its numbers and its index
    rows = (sparse.gradients - (dense.gradients - table)) / width
    positions, negatives = 8 * 10, 100
    once = 2 * positions + negatives  # the history, and without repetitions labels and negatives
    assert once - 20 <= rows <= once
    assert sparse.peak < dense.peak
    assert sparse.optimizer == pytest.approx(dense.optimizer, rel=0.001)


def test_halved_numbers_take_half_the_memory(spec, cost):
    path = spec()
    assert cost(path, "trainer.precision=bf16-true").model * 2 == cost(path).model


@pytest.mark.parametrize(
    ("method", "said"),
    [
        ("seqrec_loss_ce.ce.CE.forward", r"^model\.loss \(loss 'ce' of seqrec-loss-ce"),
        (
            "seqrec_transform_sequence.next_token.NextTokenTransform.forward",
            r"^data\.transforms\.train\[0\] \(transform 'next_token' of",
        ),
        (
            "seqrec_optimizer_standard.adam.AdamFactory.create",
            r"^trainer\.optimizer \(optimizer 'adam' of",
        ),
    ],
)
def test_a_part_that_fails_is_named(spec, cost, monkeypatch, method, said):
    def broken(self, *_, **__):
        return {}["timestamp"]

    monkeypatch.setattr(method, broken)
    with pytest.raises(PluginFaultError, match=f"{said}.* failed: KeyError: 'timestamp'"):
        cost(spec())


@pytest.mark.parametrize("kind", ["ce", "bce", "log_in_ce", "log_out_ce", "sce"])
def test_every_loss_can_be_planned(spec, cost, kind):
    step = cost(spec(loss={"type": kind}))
    assert step.peak > step.activations > step.batch > 0


def test_a_recipe_that_trains_nothing_is_refused(spec):
    recipe = load(json.loads(spec().read_text()) | {"trainer": None})
    with pytest.raises(SpecError, match="trainer: missing; add one"):
        step_cost(recipe, 1.0)


def test_an_average_of_the_weights_is_planned_for(spec, cost):
    plain, averaged = cost(spec()), cost(spec(), "trainer.ema_decay=0.99")
    weights = plain.parameters * FLOAT
    assert averaged.model == plain.model + weights
    assert averaged.peak == plain.peak + weights
    assert averaged.optimizer == plain.optimizer
    assert averaged.checkpoint == plain.checkpoint + weights


@contextmanager
def registered(**specs):
    components = [registry.register(name, cls) for name, cls in specs.items()]
    try:
        yield
    finally:
        for component in components:
            registry.unregister(component)


@spec_class
class PlainTrainerSpec(TrainerSpec):
    """Trains in its own way."""

    target = "nowhere:Trainer"
    passes: int = param(3, help="passes over the data")


@spec_class
class PlainDataSpec(DataModuleSpec):
    """Reads in its own way."""

    target = "nowhere:Data"


def test_the_model_is_planned_whatever_trains_it_and_what_is_not_known_is_said(spec, cost):
    ours = cost(spec(), "data.batch_size=1")
    with registered(plain=PlainTrainerSpec, lines=PlainDataSpec):
        raw = json.loads(spec().read_text())
        raw |= {"trainer": {"type": "plain"}, "data": {"type": "lines", "folder": "."}}
        theirs = step_cost(load_resolved(raw).recipe, 1.0)
    assert (theirs.model, theirs.gradients) == (ours.model, ours.gradients)
    assert (theirs.batch, theirs.activations) == (ours.batch, ours.activations)
    assert theirs.optimizer == 0
    assert [line.partition(":")[0] for line in theirs.unknown] == [
        "rows of a batch",
        "optimizer state",
        "number format",
    ]
    assert ours.unknown == ()


def measuring():
    path = Path(__file__).parents[3] / "results" / "planned_memory.py"
    module = importlib.util.module_from_spec(
        importlib.util.spec_from_file_location("planned_memory", path)
    )
    module.__spec__.loader.exec_module(module)
    return module


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="measures resident memory as Linux tells it")
def test_the_predicted_peak_is_within_a_quarter_of_what_training_uses(tmp_path, cost):
    memory = measuring()
    cases = {
        "full catalogue": (40_000, {}, {"batch_size": 64}),
        "sampled": (40_000, {"loss": {"type": "ce_sampled"}}, {"batch_size": 128}),
        "two towers": (8_000, {"type": "two_tower"}, {"batch_size": 32}),
    }
    specs = [memory.write_case(tmp_path / name, case) for name, case in cases.items()]
    used = memory.used_by_run(*specs, **memory.RETURNS_MEMORY)
    predicted = [cost(path).most for path in specs]
    growths = [run["growth"] for run in used]
    assert predicted == pytest.approx(growths, rel=0.25)


def test_every_number_format_can_be_planned(spec, cost):
    path = spec()
    single = cost(path)
    for precision in ("bf16-mixed", "16-mixed"):  # the weights stay as they are
        assert cost(path, f"trainer.precision={precision}").model == single.model
    assert cost(path, "trainer.precision=64-true").model == 2 * single.model
