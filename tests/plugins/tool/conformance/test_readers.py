"""Readers that are wrong in one way fail the check for it, and no other."""

import pytest
from seqrec_mutants import specs
from seqrec_mutants.catching import assert_caught, failures


def test_a_right_reader_passes():
    assert failures(specs.of(specs.Reader, "readers:Healthy"), commands=True) == {}


@pytest.mark.parametrize(
    ("mutant", "checks", "message"),
    [
        (
            "ForgetsAFeature",
            ["test_it_has_the_item_id_and_every_item_feature"],
            "it lacks ['image']",
        ),
        (
            "TurnsTheItemsRound",
            ["test_row_i_is_item_i"],
            "rows do not stand in the order of item ids",
        ),
        ("MakesUpAnything", ["test_an_unknown_feature_is_a_key_error"], "KeyError"),
    ],
)
def test_a_wrong_reader_is_caught_by_the_right_check(mutant, checks, message):
    assert_caught(specs.of(specs.Reader, f"readers:{mutant}"), checks, message)
