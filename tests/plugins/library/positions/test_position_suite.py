"""Positions that are wrong in one way fail the check for it, and no other."""

import pytest
from acme_decay import DecaySpec
from seqrec_library_positions.kind import PositionSpec
from seqrec_mutants import specs
from seqrec_mutants.catching import assert_caught, failures


def test_a_right_position_passes():
    assert failures(DecaySpec) == {}


@pytest.mark.parametrize(
    ("mutant", "checks", "message"),
    [
        (
            "CountsFromTheLeft",
            ["test_padding_does_not_change_hidden_states"],
            "count positions from the end",
        ),
        (
            "LooksAhead",
            ["test_it_is_causal_exactly_where_its_spec_says_so"],
            "it sees the future",
        ),
        (
            "ForgetsTheUsers",
            ["test_shapes_are_those_of_the_contract"],
            "what is added to scores is (2, 6, 6)",
        ),
        (
            "Hides",
            ["test_shapes_are_those_of_the_contract"],
            "hiding events is what masks are for",
        ),
        (
            "WritesToItsInput",
            ["test_inputs_stay_as_they_are"],
            "an input was changed in place",
        ),
    ],
)
def test_a_wrong_position_is_caught_by_the_right_check(mutant, checks, message):
    assert_caught(specs.of(PositionSpec, f"positions:{mutant}"), checks, message)


@pytest.mark.slow
def test_a_right_position_compiles_and_runs_every_command():
    assert failures(DecaySpec, compiles=True, commands=True) == {}
