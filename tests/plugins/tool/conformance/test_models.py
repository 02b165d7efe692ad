"""Models that are wrong in one way fail the check for it, and no other."""

import pytest
from seqrec_mutants import specs
from seqrec_mutants.catching import assert_caught, failures


@pytest.mark.parametrize("mutant", ["Healthy", "HealthyWithShortcuts", "FitsItself"])
def test_a_right_model_passes(mutant):
    assert failures(specs.of(specs.Model, f"models:{mutant}"), commands=True) == {}


def test_a_model_that_is_not_causal_and_says_so_passes():
    declared = specs.of(specs.BidirectionalModel, "models:SeesTheWholeSequence")
    assert failures(declared, commands=True) == {}


def test_a_causal_model_that_says_it_is_not_is_caught():
    assert_caught(
        specs.BidirectionalModel,
        ["test_it_is_causal_exactly_where_its_spec_says_so"],
        "no event changes an earlier state",
    )


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
            ["test_what_hidden_states_are_asked_for_does_not_change_logits"],
            "the last hidden state of 'all' is not the final one",
        ),
        (
            "SeesTheWholeSequence",
            ["test_it_is_causal_exactly_where_its_spec_says_so"],
            "position 0 changed when event 1 changed",
        ),
        (
            "ChangesForwardAlone",
            ["test_its_last_hidden_state_scores_as_forward_does"],
            "scorer() of last_hidden_state() gives other scores than forward",
        ),
        (
            "OnlySaysThatItFits",
            ["test_a_closed_form_is_fitted_to_the_batches"],
            "and has changed nothing of it",
        ),
        ("CannotBeSaved", ["test_every_command_runs"], "`seqrec fit` fails: "),
        (
            "GrowsWhenItIsUsed",
            ["test_every_command_runs"],
            "`seqrec evaluate` fails: BundleError: ",
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
