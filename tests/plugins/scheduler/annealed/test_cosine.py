import math

import pytest
from seqrec_scheduler_annealed.cosine import CosineFactory
from torch.optim.lr_scheduler import CosineAnnealingLR


def test_without_a_rise_it_is_that_of_torch(rates):
    values = rates(CosineFactory(warmup=0, end_factor=0.1).create_for_steps, 20, steps=20)
    expected = rates(lambda optimizer: CosineAnnealingLR(optimizer, 20, eta_min=0.1), 20)
    assert values == pytest.approx(expected)


@pytest.mark.parametrize("warmup", [0.25, 5])
def test_it_rises_linearly_then_falls_along_half_a_cosine(rates, warmup):
    values = rates(CosineFactory(warmup=warmup).create_for_steps, 23, steps=20)
    fall = [(1 + math.cos(math.pi * step / 15)) / 2 for step in range(15)]
    assert values == pytest.approx([0.2, 0.4, 0.6, 0.8, 1, *fall, 0, 0, 0])


def test_steps_of_ones_own_come_before_those_of_the_trainer(rates):
    factory = CosineFactory(warmup=0, num_steps=10)
    assert rates(factory.create_for_steps, 10, steps=99) == rates(factory.create, 10)


def test_where_nobody_knows_the_steps_the_rate_stays_and_that_is_said(rates, capsys):
    assert rates(CosineFactory(warmup=2).create, 5) == [0.5, 1, 1, 1, 1]
    assert "cosine: nobody knows how many steps" in capsys.readouterr().err
