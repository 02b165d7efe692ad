import warnings

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from seqrec_scheduler_standard.lambda_lr import LambdaLRSchedulerFactory

from seqrec_core.contracts import BaseLRSchedulerFactory


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.integers(0, 8),
    st.floats(0.01, 2),
    st.floats(0.01, 2),
    st.sampled_from(["epoch", "step"]),
)
def test_the_rate_has_one_factor_at_first_and_another_later(rates, steps, first, later, interval):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        factory = LambdaLRSchedulerFactory(steps, first, later, interval)
    values = rates(factory, 10)
    assert values == pytest.approx([first] * steps + [later] * (10 - steps))


def test_the_schedule_moves_when_it_was_asked_to(optimizer):
    schedules = [
        LambdaLRSchedulerFactory(3).create(optimizer),
        LambdaLRSchedulerFactory(3, update_interval="step").create(optimizer),
    ]
    assert [(each["interval"], each["frequency"]) for each in schedules] == [
        ("epoch", 1),
        ("step", 1),
    ]
    assert isinstance(LambdaLRSchedulerFactory(3), BaseLRSchedulerFactory)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"warmup_steps": -1}, "warmup_steps is -1; give 0 or more"),
        ({"warmup_lr": 0.0}, r"warmup_lr is 0\.0 and normal_lr 0\.1; both must be above 0"),
        ({"normal_lr": -0.5}, r"normal_lr -0\.5; both must be above 0"),
        ({"update_interval": "batch"}, "update_interval is 'batch'; choose 'epoch' or 'step'"),
    ],
)
def test_arguments_that_make_no_schedule_are_refused(arguments, words):
    with pytest.raises(ValueError, match=words):
        LambdaLRSchedulerFactory(**{"warmup_steps": 5} | arguments)


@pytest.mark.parametrize("later", [1.0, 2.0])
def test_a_rate_that_rises_is_warned_of(later):
    with pytest.warns(UserWarning, match=rf"normal_lr {later} is not below warmup_lr 1\.0"):
        LambdaLRSchedulerFactory(5, 1.0, later)
