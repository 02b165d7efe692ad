"""Scheduler factories that are wrong in one way fail the check for it, and no other."""

import pytest
from seqrec_mutants import specs
from seqrec_mutants.catching import assert_caught, failures


def test_a_right_scheduler_factory_passes():
    assert failures(specs.of(specs.Scheduler, "schedulers:Healthy")) == {}


@pytest.mark.parametrize(
    ("mutant", "checks", "message"),
    [
        ("MovesAtNoon", ["test_it_says_how_often_it_moves"], "interval is 'noon'"),
    ],
)
def test_a_wrong_scheduler_factory_is_caught_by_the_right_check(mutant, checks, message):
    assert_caught(specs.of(specs.Scheduler, f"schedulers:{mutant}"), checks, message)
