"""Schedules over the steps that a trainer makes, whatever it makes of batches."""

import pytest
import torch
from seqrec_optimizer_standard.sgd import SGDFactory
from seqrec_scheduler_annealed.cosine import CosineFactory
from seqrec_scheduler_annealed.inverse_sqrt import InverseSqrtFactory
from seqrec_scheduler_annealed.one_cycle import OneCycleFactory
from tiny_runs import STEPS, InterruptAt, Model, fit, tiny_trainer

from seqrec_core.errors import SeqrecError

FACTORIES = [CosineFactory, OneCycleFactory, InverseSqrtFactory]


def trained(folder, factory, *callbacks, resume=False, **settings):
    """The table of a run, and the learning rate at the end of each epoch."""
    model = Model()
    trainer = tiny_trainer(
        optimizer=SGDFactory(lr=0.1), scheduler=factory, callbacks=callbacks, **settings
    )
    rows = fit(trainer, folder, model=model, resume=resume).rows
    return model.table, [row["learning_rate"] for row in rows]


@pytest.mark.parametrize("accumulated", [1, 5])
def test_it_ends_with_the_training(tmp_path, accumulated):
    steps = -(-STEPS // accumulated)  # an epoch
    settings = {"accumulate_grad_batches": accumulated}
    _, rates = trained(tmp_path, CosineFactory(warmup=steps), **settings)
    assert rates == pytest.approx([0.1, 0.05, 0], abs=1e-12)


@pytest.mark.parametrize("factory", FACTORIES)
@pytest.mark.parametrize("step", [3, 12, 20])
def test_a_resumed_run_is_one_that_was_not_interrupted(tmp_path, factory, step):
    table, rates = trained(tmp_path / "whole", factory())
    trained(tmp_path / "cut", factory(), InterruptAt(step))
    again, resumed = trained(tmp_path / "cut", factory(), resume=True)
    assert torch.equal(again, table)
    assert resumed == rates


def test_a_run_that_goes_on_for_longer_follows_its_new_length(tmp_path):
    trained(tmp_path / "run", CosineFactory(warmup=0))
    _, rates = trained(tmp_path / "run", CosineFactory(warmup=0), resume=True, max_epochs=6)
    _, expected = trained(tmp_path / "whole", CosineFactory(warmup=0), max_epochs=6)
    assert rates[3:] == pytest.approx(expected[3:])


@pytest.mark.parametrize("factory", FACTORIES)
def test_a_rise_as_long_as_the_training_is_refused(factory):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    with pytest.raises(SeqrecError, match=r"warmup is 1,000 steps, of a training of 36: choose"):
        factory(warmup=1000).create_for_steps(optimizer, 36)


@pytest.mark.parametrize("warmup", [-0.1, 2.5])
def test_a_rise_is_a_share_or_whole_steps(warmup):
    with pytest.raises(ValueError, match="give a share below 1, or whole steps"):
        CosineFactory(warmup=warmup)


def test_each_group_of_an_optimiser_has_the_share_of_its_own_rate():
    parameters = [torch.nn.Parameter(torch.zeros(1)) for _ in range(2)]
    groups = [{"params": parameters[:1], "lr": 1.0}, {"params": parameters[1:], "lr": 0.5}]
    optimizer = torch.optim.SGD(groups)
    CosineFactory(warmup=4).create_for_steps(optimizer, 10)
    assert [group["lr"] for group in optimizer.param_groups] == [0.25, 0.125]
