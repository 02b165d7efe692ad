"""Heads that are wrong in one way fail the check for it, and no other."""

import pytest
from seqrec_mutants import specs
from seqrec_mutants.catching import assert_caught, failures


def test_a_right_head_passes():
    assert failures(specs.of(specs.Head, "heads:Healthy"), commands=True) == {}


@pytest.mark.parametrize(
    ("mutant", "checks", "message"),
    [
        (
            "KeepsADimension",
            ["test_there_is_one_score_an_item", "test_users_can_have_items_of_their_own"],
            "scores (4, 5, 1), not (4, 5)",
        ),
        (
            "ClaimsToBeADotProduct",
            ["test_dot_product_means_what_it_says"],
            "is_dot_product() is true, but scores are others",
        ),
        (
            "ComparesItems",
            ["test_an_item_scores_the_same_among_any_others"],
            "depends on which others are scored",
        ),
    ],
)
def test_a_wrong_head_is_caught_by_the_right_check(mutant, checks, message):
    assert_caught(specs.of(specs.Head, f"heads:{mutant}"), checks, message)
