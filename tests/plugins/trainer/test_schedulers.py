import pytest
import torch
from seqrec_scheduler_standard.factories import LRSchedulerFactory, WarmupFactory


def rates(factory, steps: int) -> list[float]:
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    scheduler = factory.create(optimizer)
    seen = []
    for _ in range(steps):
        seen.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return seen


def test_step_lr_multiplies_every_few_epochs():
    assert rates(LRSchedulerFactory(decay_step=2, gamma=0.5), 6) == [1, 1, 0.5, 0.5, 0.25, 0.25]
    assert LRSchedulerFactory.interval == "epoch"


def test_warmup_rises_linearly_and_stays():
    seen = rates(WarmupFactory(warmup_steps=4, start_factor=0.2), 7)
    assert seen == pytest.approx([0.2, 0.4, 0.6, 0.8, 1, 1, 1])
    assert WarmupFactory.interval == "step"
