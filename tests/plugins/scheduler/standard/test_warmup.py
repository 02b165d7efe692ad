import pytest
import torch
from seqrec_scheduler_standard.warmup import WarmupFactory

from seqrec_core.contracts import BaseLRSchedulerFactory


def rates(factory, steps: int) -> list[float]:
    """The learning rate in each of so many steps of the schedule; the full one is 1."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    schedule, values = factory.create(optimizer), []
    for _ in range(steps):
        values.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    return values


def test_the_rate_rises_linearly_and_stays():
    values = rates(WarmupFactory(warmup_steps=4, start_factor=0.2), 7)
    assert values == pytest.approx([0.2, 0.4, 0.6, 0.8, 1, 1, 1])
    assert WarmupFactory.interval == "step"


def test_the_factory_is_what_the_core_calls_one():
    assert isinstance(WarmupFactory(), BaseLRSchedulerFactory)
