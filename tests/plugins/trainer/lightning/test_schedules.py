"""What factories of optimisers and schedules may return, and what they are told."""

import math

import pytest
import torch
from seqrec_optimizer_standard.sgd import SGDFactory
from seqrec_trainer_lightning import extent
from tiny_runs import (
    STEPS,
    Batches,
    HitRate,
    InterruptAt,
    Model,
    batch,
    fit,
    tiny_trainer,
    train_only,
)
from torch.optim.lr_scheduler import LambdaLR, ReduceLROnPlateau, StepLR

from seqrec_core.errors import SeqrecError


class Factory:
    """Makes what a function makes of the optimiser."""

    def __init__(self, create):
        self.create = create


def rates(folder, scheduler, **settings):
    """Learning rates at the end of each epoch, from 1e-6."""
    trainer = tiny_trainer(optimizer=SGDFactory(lr=1e-6), scheduler=scheduler, **settings)
    rows = fit(trainer, folder, settings.get("data")).rows
    return [row["learning_rate"] * 1e6 for row in rows]


def test_a_bare_schedule_moves_each_epoch(tmp_path):
    factory = Factory(lambda optimizer: StepLR(optimizer, 1, 0.5))
    assert rates(tmp_path, factory) == pytest.approx([0.5, 0.25, 0.125])  # moved before validation


@pytest.mark.parametrize(("frequency", "halvings"), [(1, STEPS), (3, STEPS // 3)])
def test_a_dict_says_that_it_moves_each_step_and_how_often(tmp_path, frequency, halvings):
    factory = Factory(
        lambda optimizer: {
            "scheduler": StepLR(optimizer, 1, 0.5),
            "interval": "step",
            "frequency": frequency,
        }
    )
    (rate,) = rates(tmp_path, factory, max_epochs=1)
    assert rate == pytest.approx(0.5**halvings)


def test_a_plateau_lowers_the_rate_when_its_metric_gets_no_better(tmp_path):
    factory = Factory(
        lambda optimizer: {
            "scheduler": ReduceLROnPlateau(optimizer, mode="max", factor=0.1, patience=0),
            "monitor": "hit@1",
        }
    )
    values = rates(tmp_path, factory, metrics=HitRate([0.2, 0.1, 0.3, 0.3]), max_epochs=4)
    assert values == pytest.approx([1, 1, 0.1, 0.1])  # moves after the epoch whose value is low


def test_a_plateau_may_look_at_the_training_loss(tmp_path):
    factory = Factory(
        lambda optimizer: {
            "scheduler": ReduceLROnPlateau(optimizer, threshold=1e6, patience=0),
            "monitor": "train_loss_epoch",
        }
    )
    trainer = tiny_trainer(optimizer=SGDFactory(lr=1e-6), scheduler=factory)
    rows = fit(trainer, tmp_path, train_only()).rows
    assert rows[2]["learning_rate"] < rows[0]["learning_rate"]


def plateau(optimizer):
    schedule = ReduceLROnPlateau(optimizer, mode="max", factor=0.5, patience=0, threshold=5.0)
    return {"scheduler": schedule, "monitor": "hit@1"}


@pytest.mark.parametrize("step", [7, STEPS, 2 * STEPS + 1])
def test_a_resumed_plateau_has_looked_as_often_as_one_that_was_not_interrupted(tmp_path, step):
    def trained(folder, *callbacks, **more):
        settings = {"max_epochs": 4, "callbacks": callbacks, "scheduler": Factory(plateau)}
        model = Model()
        outcome = fit(tiny_trainer(**settings), folder, model=model, **more)
        return model.table, [row["learning_rate"] for row in outcome.rows]

    expected, rates = trained(tmp_path / "whole")
    assert rates == pytest.approx([0.05, 0.05, 0.025, 0.0125])
    trained(tmp_path / "cut", InterruptAt(step))
    table, resumed = trained(tmp_path / "cut", resume=True)
    assert torch.equal(table, expected)
    assert resumed == rates


def test_a_plateau_whose_metric_nobody_measures_is_named_with_those_measured(tmp_path):
    factory = Factory(
        lambda optimizer: {"scheduler": ReduceLROnPlateau(optimizer), "monitor": "recall@3"}
    )
    message = r"looks at 'recall@3', .* end of epoch 1; measured: .*hit@1"
    with pytest.raises(SeqrecError, match=message):
        rates(tmp_path, factory)


@pytest.mark.parametrize(
    ("create", "words"),
    [
        (ReduceLROnPlateau, "with its name, {'scheduler': …, 'monitor'"),
        (lambda _: None, "it is a NoneType; return an LRScheduler"),
        (lambda _: ([], []), "it is a tuple"),
        (lambda _: {"interval": "step"}, "it is a NoneType"),
        (lambda optimizer: {"scheduler": optimizer}, "it is a SGD"),
        (lambda optimizer: step_lr(optimizer, intervall="step"), "it has intervall; .* interval"),
        (lambda optimizer: step_lr(optimizer, interval="batch"), "'batch'; choose 'epoch' or"),
        (lambda optimizer: step_lr(optimizer, frequency=0), "frequency is 0; give a whole number"),
        (lambda optimizer: step_lr(optimizer, frequency=0.5), "frequency is 0.5"),
    ],
)
def test_what_is_no_schedule_names_the_factory_and_what_to_return(tmp_path, create, words):
    with pytest.raises(SeqrecError, match=f"what Factory creates is no schedule: .*{words}"):
        rates(tmp_path, Factory(create))


def step_lr(optimizer, **more):
    return {"scheduler": StepLR(optimizer, 1), **more}


def test_a_plateau_that_looks_each_step_needs_what_is_there_each_step(tmp_path):
    def create(optimizer):
        plateau = ReduceLROnPlateau(optimizer)
        return {"scheduler": plateau, "interval": "step", "monitor": "hit@1"}

    with pytest.raises(SeqrecError, match=r"hit@1 .*not available.*train_loss_step"):
        rates(tmp_path, Factory(create))


class Linear:
    """Falls to nothing over the training."""

    steps = None

    def create(self, optimizer):
        return LambdaLR(optimizer, lambda epoch: 1.0)

    def create_for_steps(self, optimizer, num_steps):
        self.steps = num_steps
        schedule = LambdaLR(optimizer, lambda step: 1 - step / num_steps)
        return {"scheduler": schedule, "interval": "step"}


@pytest.mark.parametrize(("accumulated", "steps"), [(1, 3 * STEPS), (5, 3 * 3)])
def test_a_schedule_is_told_the_number_of_optimiser_steps(tmp_path, accumulated, steps):
    linear = Linear()
    settings = {"accumulate_grad_batches": accumulated}
    assert rates(tmp_path, linear, **settings)[-1] == pytest.approx(0, abs=1e-9)
    assert linear.steps == steps


class Cosine:
    """Rises for a tenth of the training, then falls to nothing."""

    def create(self, optimizer):
        raise AssertionError("the number of steps is known")

    def create_for_steps(self, optimizer, num_steps):
        rise = num_steps // 10

        def factor(step):
            fall = (step - rise) / (num_steps - rise)
            return step / rise if step < rise else (1 + math.cos(math.pi * fall)) / 2

        return {"scheduler": LambdaLR(optimizer, factor), "interval": "step"}


@pytest.mark.parametrize("schedule", [Linear, Cosine])
@pytest.mark.parametrize(("accumulated", "steps"), [(1, 9), (2, 5), (4, 3)])
def test_where_training_is_stretched_a_schedule_ends_with_it(
    monkeypatch, schedule, accumulated, steps
):
    monkeypatch.setattr(extent, "FEWEST_STEPS", 200)
    trainer = tiny_trainer(
        optimizer=SGDFactory(lr=1e-6),
        scheduler=schedule(),
        max_epochs=None,
        accumulate_grad_batches=accumulated,
    )
    rows = fit(trainer, None, Batches(train=[[batch(seed) for seed in range(9)]])).rows
    rates = [row["learning_rate"] * 1e6 for row in rows]
    assert rows[-1]["step"] == steps * len(rows) >= 200
    assert rates[-1] == pytest.approx(0, abs=1e-9)
    assert 0 < rates[-2] < rates[len(rates) // 2] == pytest.approx(0.5, abs=0.1)


def test_where_nobody_knows_how_long_training_is_it_is_made_without(tmp_path):
    class Endless:
        def __iter__(self):
            yield batch(1)

    linear = Linear()
    data = Batches(train=[Endless()])
    fit(tiny_trainer(optimizer=SGDFactory(lr=1e-6), scheduler=linear), tmp_path, data)
    assert linear.steps is None


class ByName:
    """SGD, with or without a look at the names."""

    names: list | None = None

    def __init__(self, minds):
        self.minds = minds

    def create(self, parameters):
        return torch.optim.SGD(parameters, lr=0.0)

    def create_named(self, named_parameters):
        self.names = [name for name, _ in named_parameters]
        return torch.optim.SGD(Model().parameters(), lr=0.0) if self.minds else None


@pytest.mark.parametrize("minds", [True, False])
def test_an_optimiser_that_minds_names_gets_those_of_the_model(tmp_path, minds):
    factory, model = ByName(minds), torch.compile(Model(), backend="eager")
    fit(tiny_trainer(optimizer=factory, max_epochs=1), tmp_path, model=model)
    assert factory.names == ["table"]


def test_what_is_no_optimiser_names_the_factory(tmp_path):
    with pytest.raises(SeqrecError, match="Factory creates a NoneType; return an Optimizer"):
        fit(tiny_trainer(optimizer=Factory(lambda parameters: None)), tmp_path)
