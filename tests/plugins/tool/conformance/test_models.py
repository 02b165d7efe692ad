"""Models that are wrong in one way fail the check for it, and no other."""

import pytest
from seqrec_mutants import specs
from seqrec_mutants.catching import assert_caught, failures


def test_a_right_model_passes():
    assert failures(specs.of(specs.Model, "models:Healthy")) == {}


@pytest.mark.parametrize(
    ("mutant", "checks", "message"),
    [
        (
            "TakesTheFirstForCandidates",
            ["test_candidates_keep_the_scores_that_they_have_among_all"],
            "candidates of shape (7,) have other scores than among all",
        ),
        (
            "ScoresPaddingToo",
            ["test_evaluation_scores_every_item"],
            "logits are (4, 132), not (B, V), (4, 131)",
        ),
        (
            "LearnsFromPadding",
            ["test_more_padding_does_not_change_the_loss"],
            "two more positions of padding change the loss",
        ),
        (
            "LosesItsStates",
            ["test_what_hidden_states_are_returned_does_not_change_logits"],
            "the last of all hidden states is not the final one",
        ),
    ],
)
def test_a_wrong_model_is_caught_by_the_right_check(mutant, checks, message):
    assert_caught(specs.of(specs.Model, f"models:{mutant}"), checks, message)


def test_default_transforms_that_do_not_feed_the_model_are_caught():
    assert_caught(
        specs.ForgetsToRename,
        ["test_default_transforms_turn_raw_batches_into_arguments"],
        "default transforms of predict do not feed the model",
    )
