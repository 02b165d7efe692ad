"""The learning rates that a schedule gives."""

import pytest
import torch


def _rates(create, count, steps=None):
    """The learning rate of each of the first `count` steps; the full one is 1."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    schedule = create(optimizer) if steps is None else create(optimizer, steps)
    if isinstance(schedule, dict):
        assert (schedule["interval"], schedule["frequency"]) == ("step", 1)
        schedule = schedule["scheduler"]
    values = []
    for _ in range(count):
        values.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    return values


@pytest.fixture
def rates():
    """The function that gives the learning rates."""
    return _rates
