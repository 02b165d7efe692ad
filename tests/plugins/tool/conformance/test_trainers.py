"""Trainers that are wrong in one way fail the check for it, and no other."""

import pytest
from seqrec_mutants import specs
from seqrec_mutants.catching import assert_caught, failures


def test_a_right_trainer_passes():
    assert failures(specs.of(specs.Trainer, "trainers:Healthy")) == {}


@pytest.mark.parametrize(
    ("mutant", "checks", "message"),
    [
        ("HoldsALambda", ["test_a_pickled_copy_computes_the_same"], "it cannot be pickled"),
        (
            "SwallowsTypos",
            ["test_fields_and_constructor_agree"],
            "takes **options, which swallows typos",
        ),
    ],
)
def test_a_wrong_trainer_is_caught_by_the_right_check(mutant, checks, message):
    assert_caught(specs.of(specs.Trainer, f"trainers:{mutant}"), checks, message)
