"""Factories of schedules that are wrong in one way fail the check for it, and no other."""

import pytest
from seqrec_mutants import specs
from seqrec_mutants.catching import assert_caught, failures


@pytest.mark.parametrize("mutant", ["Healthy", "HealthyDict", "HealthyOfSteps"])
def test_a_right_factory_passes(mutant):
    assert failures(specs.of(specs.Scheduler, f"schedulers:{mutant}"), commands=True) == {}


@pytest.mark.parametrize(
    ("mutant", "checks", "message"),
    [
        ("MovesAtNoon", ["test_it_says_how_often_it_moves"], "interval is 'noon'"),
        (
            "TakesAnotherOptimizer",
            ["test_it_creates_a_schedule_of_the_optimizer"],
            "create_for_steps gives that of another optimiser",
        ),
    ],
)
def test_a_wrong_factory_is_caught_by_the_right_check(mutant, checks, message):
    assert_caught(specs.of(specs.Scheduler, f"schedulers:{mutant}"), checks, message)
