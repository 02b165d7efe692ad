"""Norms that are wrong in one way fail the check for it, and no other."""

import pytest
from seqrec_mutants import specs
from seqrec_mutants.catching import assert_caught, failures


def test_a_right_norm_passes():
    assert failures(specs.of(specs.Norm, "norms:Healthy"), commands=True) == {}


@pytest.mark.parametrize(
    ("mutant", "checks", "message"),
    [
        ("DividesByZero", ["test_states_of_zero_stay_finite"], "add an epsilon"),
        (
            "NormsTheBatch",
            ["test_each_position_is_normalised_by_itself"],
            "other positions or users change",
        ),
    ],
)
def test_a_wrong_norm_is_caught_by_the_right_check(mutant, checks, message):
    assert_caught(specs.of(specs.Norm, f"norms:{mutant}"), checks, message)
