"""What every schedule is asked: the learning rates that it gives."""

import pytest
import torch
from torch.optim.lr_scheduler import ReduceLROnPlateau


def _rates(factory, steps, metrics=()):
    """The learning rate in each of so many moves of the schedule; the full one is 1."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    schedule = factory.create(optimizer)
    if isinstance(schedule, dict):
        schedule = schedule["scheduler"]
    values = []
    for move in range(steps):
        values.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step(*metrics[move : move + isinstance(schedule, ReduceLROnPlateau)])
    return values


@pytest.fixture
def rates():
    """The function that gives the learning rates."""
    return _rates


@pytest.fixture
def optimizer():
    """An optimiser of one number."""
    return torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
