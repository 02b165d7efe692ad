"""What turns padded sequences into hidden states is held to, shown by encoders."""

import pytest
from seqrec_mutants import specs
from seqrec_mutants.catching import assert_caught, failures


@pytest.mark.parametrize(
    ("mutant", "checks", "message"),
    [
        (
            "LooksIntoTheFuture",
            ["test_it_is_causal_exactly_where_its_spec_says_so"],
            "position 0 changed when event 1 changed: it sees the future",
        ),
        (
            "CountsPositionsFromTheLeft",
            ["test_padding_does_not_change_hidden_states"],
            "count positions from the end",
        ),
        (
            "SeesPadding",
            [
                "test_what_padding_holds_does_not_matter",
                "test_padding_does_not_change_hidden_states",
            ],
            "values in positions of padding reach hidden states",
        ),
        (
            "DividesByTheNumberOfEvents",
            ["test_rows_of_padding_alone_are_finite"],
            "a row of padding alone gives NaN",
        ),
        (
            "SeesOtherUsers",
            ["test_users_do_not_see_each_other"],
            "other users in the batch change a user's states",
        ),
        (
            "ScalesInTraining",
            ["test_training_equals_evaluation_without_dropout"],
            "training and evaluation differ",
        ),
    ],
)
def test_a_wrong_encoder_is_caught_by_the_right_check(mutant, checks, message):
    assert_caught(specs.of(specs.Encoder, f"encoders:{mutant}"), checks, message)


def test_an_encoder_that_is_not_causal_and_says_so_passes():
    declared = specs.of(specs.BidirectionalEncoder, "encoders:LooksIntoTheFuture")
    assert failures(declared) == {}


def test_a_causal_encoder_that_says_it_is_not_is_caught():
    assert_caught(
        specs.BidirectionalEncoder,
        ["test_it_is_causal_exactly_where_its_spec_says_so"],
        "no event changes an earlier state; let is_causal of its spec return True",
    )
