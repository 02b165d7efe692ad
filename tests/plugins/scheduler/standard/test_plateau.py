import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from seqrec_scheduler_standard.plateau import ReduceLROnPlateauFactory

from seqrec_core.contracts import BaseLRSchedulerFactory


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.integers(1, 5), min_size=1, max_size=12),
    st.integers(0, 3),
    st.sampled_from(["max", "min"]),
)
def test_the_rate_falls_after_so_many_looks_without_improvement(rates, metrics, patience, mode):
    sign = 1 if mode == "max" else -1
    expected, rate, best, worse = [], 1.0, None, 0
    for metric in metrics:
        expected.append(rate)
        if best is None or sign * metric > sign * best:
            best, worse = metric, 0
        else:
            worse += 1
        if worse > patience:
            rate, worse = rate * 0.5, 0
    factory = ReduceLROnPlateauFactory("x", mode, 0.5, patience)
    assert rates(factory, len(metrics), metrics) == pytest.approx(expected)


def test_the_metric_and_how_often_it_is_looked_at_are_named(optimizer):
    schedule = ReduceLROnPlateauFactory("recall@5", frequency=3).create(optimizer)
    assert schedule.pop("scheduler").optimizer is optimizer
    assert schedule == {"interval": "epoch", "frequency": 3, "monitor": "recall@5"}
    assert isinstance(ReduceLROnPlateauFactory(), BaseLRSchedulerFactory)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"factor": 1.0}, r"factor is 1\.0; it must be above 0 and below 1"),
        ({"factor": 0.0}, r"factor is 0\.0"),
        ({"mode": "best"}, "mode is 'best'; choose 'max' or 'min'"),
        ({"patience": -1}, "patience is -1 and frequency 1; they must be at least 0 and 1"),
        ({"frequency": 0}, "frequency 0; they must be"),
    ],
)
def test_arguments_that_make_no_schedule_are_refused(arguments, words):
    with pytest.raises(ValueError, match=words):
        ReduceLROnPlateauFactory(**arguments)
