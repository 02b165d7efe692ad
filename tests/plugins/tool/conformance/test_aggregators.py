"""Aggregators that are wrong in one way fail the check for it, and no other."""

import pytest
from seqrec_mutants import specs
from seqrec_mutants.catching import assert_caught, failures


def test_a_right_aggregator_passes():
    assert failures(specs.of(specs.Aggregator, "aggregators:Healthy"), commands=True) == {}


@pytest.mark.parametrize(
    ("mutant", "checks", "message"),
    [
        (
            "CountsFromTheLeft",
            ["test_a_shorter_sequence_has_the_same_last_embeddings"],
            "count positions from the end",
        ),
        (
            "MindsTheOrder",
            ["test_the_order_of_features_does_not_matter"],
            "features in another order give another result",
        ),
    ],
)
def test_a_wrong_aggregator_is_caught_by_the_right_check(mutant, checks, message):
    assert_caught(specs.of(specs.Aggregator, f"aggregators:{mutant}"), checks, message)
