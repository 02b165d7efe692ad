import torch
from seqrec_scheduler_standard.step_lr import LRSchedulerFactory


def rates(factory, steps: int) -> list[float]:
    """The learning rate in each of so many steps of the schedule; the full one is 1."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    schedule, values = factory.create(optimizer), []
    for _ in range(steps):
        values.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    return values


def test_the_rate_is_multiplied_every_few_epochs():
    assert rates(LRSchedulerFactory(decay_step=2, gamma=0.5), 6) == [1, 1, 0.5, 0.5, 0.25, 0.25]
    assert LRSchedulerFactory.interval == "epoch"


def test_by_default_the_rate_stays():
    assert rates(LRSchedulerFactory(), 60) == [1] * 60
