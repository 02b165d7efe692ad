"""Optimizer factories that are wrong in one way fail the check for it, and no other."""

import pytest
from seqrec_mutants import specs
from seqrec_mutants.catching import assert_caught, failures


def test_a_right_optimizer_factory_passes():
    assert failures(specs.of(specs.Optimizer, "optimizers:Healthy"), commands=True) == {}


@pytest.mark.parametrize(
    ("mutant", "checks", "message"),
    [
        (
            "ForgetsAParameter",
            ["test_it_creates_an_optimizer_of_all_parameters"],
            "holds other parameters than it was given",
        ),
        ("ClimbsUp", ["test_steps_lower_the_loss"], "20 steps take the loss"),
    ],
)
def test_a_wrong_optimizer_factory_is_caught_by_the_right_check(mutant, checks, message):
    assert_caught(specs.of(specs.Optimizer, f"optimizers:{mutant}"), checks, message)
