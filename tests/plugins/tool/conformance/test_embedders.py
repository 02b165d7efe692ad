"""Embedders that are wrong in one way fail the check for it, and no other."""

import pytest
from seqrec_mutants import specs
from seqrec_mutants.catching import assert_caught, failures


def test_a_right_embedder_passes():
    assert failures(specs.of(specs.Embedder, "embedders:Healthy"), commands=True) == {}


@pytest.mark.parametrize(
    ("mutant", "checks", "message"),
    [
        (
            "DrawsPadding",
            ["test_padding_is_embedded_as_zero"],
            "the item embedding of padding is not zero",
        ),
        (
            "TrainsPadding",
            ["test_training_leaves_the_row_of_padding"],
            "training moves the row of padding",
        ),
        (
            "CountsPaddingAsAnItem",
            ["test_item_weights_have_one_row_an_item"],
            "get_item_weights() is (132, 8), not (V, D), (131, 8)",
        ),
    ],
)
def test_a_wrong_embedder_is_caught_by_the_right_check(mutant, checks, message):
    assert_caught(specs.of(specs.Embedder, f"embedders:{mutant}"), checks, message)
