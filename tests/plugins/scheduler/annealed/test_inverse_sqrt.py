import pytest
from seqrec_scheduler_annealed.inverse_sqrt import InverseSqrtFactory


def test_it_follows_the_paper(rates):
    values = rates(InverseSqrtFactory(warmup=4).create_for_steps, 40, steps=40)
    expected = [min(step**-0.5, step * 4**-1.5) * 4**0.5 for step in range(1, 41)]
    assert values == pytest.approx(expected)
    assert max(values) == values[3] == 1


def test_the_rise_may_be_a_share(rates):
    by_share = rates(InverseSqrtFactory(warmup=0.1).create_for_steps, 40, steps=40)
    assert by_share == rates(InverseSqrtFactory(warmup=4).create_for_steps, 40, steps=40)
