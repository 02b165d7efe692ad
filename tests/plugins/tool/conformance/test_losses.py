"""Losses that are wrong in one way fail the check for it, and no other."""

import pytest
from seqrec_mutants import specs
from seqrec_mutants.catching import assert_caught, failures


@pytest.mark.parametrize(
    ("base", "mutant"),
    [
        (specs.Loss, "Healthy"),
        (specs.SampledLoss, "Sampled"),
        (specs.CorrectedLoss, "Corrected"),
    ],
)
def test_a_right_loss_passes(base, mutant):
    assert failures(specs.of(base, f"losses:{mutant}"), commands=True) == {}


@pytest.mark.parametrize(
    ("base", "mutant", "checks", "message"),
    [
        (
            specs.Loss,
            "CountsPadding",
            [
                "test_how_much_padding_there_is_does_not_matter",
                "test_a_user_without_targets_does_not_matter",
            ],
            "the mean is over targets, not over B * L",
        ),
        (
            specs.Loss,
            "TrustsLabelsMoreThanTheMask",
            [
                "test_what_padding_holds_does_not_matter",
                "test_a_user_without_targets_does_not_matter",
                "test_without_any_target_loss_and_gradients_are_zero",
            ],
            "what stands where target_padding_mask is False changes the loss",
        ),
        (
            specs.Loss,
            "DividesByNoTarget",
            ["test_without_any_target_loss_and_gradients_are_zero"],
            "divide by at least 1",
        ),
        (
            specs.Loss,
            "HoldsAllScores",
            ["test_no_tensor_holds_all_scores"],
            "a tensor has 100% of the elements of (B, L, V)",
        ),
        (
            specs.Loss,
            "ForgetsTheHead",
            ["test_the_head_decides_the_scores"],
            "although scorer.is_dot_product is False",
        ),
        (
            specs.Loss,
            "TakesIdsForColumns",
            ["test_item_ids_need_not_be_columns"],
            "with 0 as the id of padding",
        ),
        (
            specs.Loss,
            "Overflows",
            ["test_the_loss_is_a_finite_scalar_with_gradients"],
            "not finite for scores times 10000",
        ),
        (
            specs.Loss,
            "HasTheWrongGradient",
            ["test_gradients_agree_with_finite_differences", "test_the_head_decides_the_scores"],
            "gradients differ from finite differences",
        ),
        (
            specs.Loss,
            "SumsUsersByTheirPlace",
            ["test_the_order_of_users_does_not_matter"],
            "the order of users changes the loss",
        ),
        (
            specs.Loss,
            "AsksForNegativesInSecret",
            ["test_the_spec_says_whether_negatives_are_needed"],
            "it raises ValueError without negatives; let AsksForNegativesInSecret say",
        ),
        (
            specs.Loss,
            "StumblesOverMissingNegatives",
            ["test_the_spec_says_whether_negatives_are_needed"],
            "without negatives it raises AttributeError; say by a ValueError what is missing",
        ),
        (
            specs.SampledLoss,
            "HealthyThatSaysSo",
            ["test_the_spec_says_whether_negatives_are_needed"],
            "says needs_negatives, but it computes without any",
        ),
        (
            specs.SampledLoss,
            "Corrected",
            ["test_the_spec_says_whether_it_corrects_for_draws"],
            "it raises ValueError without negative_logq; let needs_logq() of its spec say so",
        ),
        (
            specs.CorrectedLoss,
            "Sampled",
            ["test_the_spec_says_whether_it_corrects_for_draws"],
            "needs_logq() of its spec is true, but it computes without",
        ),
        (
            specs.SampledLoss,
            "CorrectsInSecret",
            ["test_the_spec_says_whether_it_corrects_for_draws"],
            "needs_logq() is false, but negative_logq changes the loss",
        ),
        (
            specs.SampledLoss,
            "CountsIgnoredNegatives",
            ["test_ignored_negatives_do_not_matter"],
            "negatives that are negative_labels_ignore_index change",
        ),
        (
            specs.SampledLoss,
            "MixesUpNegatives",
            ["test_negatives_of_every_shape_give_the_same"],
            "negatives repeated as (B, N) change",
        ),
    ],
)
def test_a_wrong_loss_is_caught_by_the_right_check(base, mutant, checks, message):
    assert_caught(specs.of(base, f"losses:{mutant}"), checks, message)
