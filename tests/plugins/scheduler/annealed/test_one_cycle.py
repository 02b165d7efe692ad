import pytest
from seqrec_scheduler_annealed.one_cycle import OneCycleFactory
from torch.optim.lr_scheduler import OneCycleLR


@pytest.mark.parametrize(("share", "steps"), [(0.3, 20), (0.5, 40), (0.25, 8)])
def test_it_is_that_of_torch(rates, share, steps):
    def of_torch(optimizer):
        return OneCycleLR(optimizer, 1.0, steps, pct_start=share, cycle_momentum=False)

    values = rates(OneCycleFactory(warmup=share).create_for_steps, steps - 1, steps=steps)
    assert values == pytest.approx(rates(of_torch, steps - 1))


def test_it_starts_and_ends_where_it_is_told(rates):
    factory = OneCycleFactory(warmup=4, start_factor=0.5, end_factor=0.1)
    values = rates(factory.create_for_steps, 12, steps=10)
    assert values[0] == pytest.approx(0.5)
    assert values[3] == max(values) == 1
    assert values[9:] == pytest.approx([0.1] * 3)


def test_where_nobody_knows_the_steps_the_rate_stays(rates, capsys):
    assert rates(OneCycleFactory(warmup=3).create, 6) == pytest.approx([0.04, 0.52, 1, 1, 1, 1])
    assert "one_cycle: nobody knows" in capsys.readouterr().err
