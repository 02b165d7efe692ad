import pytest
from seqrec_scheduler_standard.warmup import WarmupFactory

from seqrec_core.contracts import BaseLRSchedulerFactory


def test_the_rate_rises_linearly_and_stays(rates):
    values = rates(WarmupFactory(warmup_steps=4, start_factor=0.2), 7)
    assert values == pytest.approx([0.2, 0.4, 0.6, 0.8, 1, 1, 1])


def test_the_schedule_moves_at_every_step(optimizer):
    schedule = WarmupFactory().create(optimizer)
    assert (schedule["interval"], schedule["frequency"]) == ("step", 1)


def test_the_factory_is_what_the_core_calls_one():
    assert isinstance(WarmupFactory(), BaseLRSchedulerFactory)
