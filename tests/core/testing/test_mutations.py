"""Each component that is wrong in one way fails the check for it, and no other."""

import functools

import pytest
from seqrec_mutants import specs
from seqrec_mutants.slow_specs import ImportsSlowly
from seqrec_mutants.torch_specs import ImportsTorch
from seqrec_tool_conformance import suite_for

COMPILES = {"test_torch_compile", "test_torch_export", "test_torch_compile_in_training"}

RIGHT = [
    (specs.Encoder, "encoders:Healthy"),
    (specs.Mask, "parts:HealthyMask"),
    (specs.Embedder, "parts:HealthyEmbedder"),
    (specs.Aggregator, "parts:HealthyAggregator"),
    (specs.Norm, "parts:HealthyNorm"),
    (specs.Head, "parts:HealthyHead"),
    (specs.Loss, "losses:Healthy"),
    (specs.SampledLoss, "losses:Sampled"),
    (specs.Transform, "others:HealthyTransform"),
    (specs.Postprocessor, "others:HealthyPostprocessor"),
    (specs.CallbackOf, "others:HealthyCallback"),
    (specs.Optimizer, "others:HealthyFactory"),
    (specs.Scheduler, "others:HealthySchedule"),
    (specs.Model, "models:Healthy"),
    (specs.Merger, "models:HealthyMerger"),
    (specs.Reader, "data:HealthyReader"),
    (specs.Data, "data:HealthyData"),
]

# base, target, the checks that catch it, what the first of them says
WRONG = [
    (
        specs.Encoder,
        "encoders:LooksIntoTheFuture",
        ["test_the_future_does_not_change_the_past"],
        "position 0 changed when event 1 changed: it sees the future",
    ),
    (
        specs.Encoder,
        "encoders:CountsPositionsFromTheLeft",
        ["test_padding_does_not_change_hidden_states"],
        "count positions from the end",
    ),
    (
        specs.Encoder,
        "encoders:SeesPadding",
        ["test_what_padding_holds_does_not_matter", "test_padding_does_not_change_hidden_states"],
        "values in positions of padding reach hidden states",
    ),
    (
        specs.Encoder,
        "encoders:DividesByTheNumberOfEvents",
        ["test_rows_of_padding_alone_are_finite"],
        "a row of padding alone gives NaN",
    ),
    (
        specs.Encoder,
        "encoders:SeesOtherUsers",
        ["test_users_do_not_see_each_other"],
        "other users in the batch change a user's states",
    ),
    (
        specs.Encoder,
        "encoders:EditsItsMask",
        ["test_inputs_stay_as_they_are"],
        "an input was changed in place; work on a copy: ['attention_mask'] differs",
    ),
    (
        specs.Encoder,
        "encoders:KeepsDropoutInEvaluation",
        ["test_evaluation_is_repeatable"],
        "is dropout still active?",
    ),
    (
        specs.Encoder,
        "encoders:ScalesInTraining",
        ["test_training_equals_evaluation_without_dropout"],
        "training and evaluation differ",
    ),
    (
        specs.Encoder,
        "encoders:HasAnIdleWeight",
        ["test_gradients_reach_every_parameter"],
        "no gradient reaches idle",
    ),
    (
        specs.Encoder,
        "encoders:HoldsALambda",
        ["test_a_pickled_copy_computes_the_same"],
        "it cannot be pickled",
    ),
    (
        specs.Encoder,
        "encoders:DrawsWeightsWithPython",
        ["test_two_builds_of_one_seed_are_equal"],
        "draw weights from torch's global random state, which build seeds: ['mix.bias'] differs",
    ),
    (
        specs.Encoder,
        "encoders:HidesItsState",
        ["test_its_state_moves_into_another_copy"],
        "register what it keeps as parameters or buffers",
    ),
    (
        specs.Encoder,
        "encoders:LivesOnTheCPU",
        ["test_it_builds_on_the_meta_device"],
        "['offset'] take memory on the meta device",
    ),
    (
        specs.Encoder,
        "encoders:ReturnsFloat32",
        ["test_results_have_the_dtype_of_the_weights"],
        "given torch.float64, it returns torch.float32",
    ),
    (
        specs.Encoder,
        "encoders:BranchesOnValues",
        ["test_torch_compile", "test_torch_export", "test_torch_compile_in_training"],
        "torch.compile(fullgraph=True) fails",
    ),
    (
        specs.Encoder,
        "encoders:TakesOneMaskForAllHeads",
        ["test_every_shape_of_attention_mask_gives_the_same"],
        "a mask of shape (4, 2, 6, 6) gives other states",
    ),
    (
        specs.Encoder,
        "encoders:ShortcutGoesElsewhere",
        ["test_forward_last_is_the_last_position"],
        "forward_last is not forward's last",
    ),
    (
        specs.Encoder,
        "encoders:SwallowsTypos",
        ["test_fields_and_constructor_agree"],
        "takes **options, which swallows typos",
    ),
    (
        specs.Encoder,
        "encoders:TakesMoreThanItsSpecSays",
        ["test_fields_and_constructor_agree"],
        "takes ['activation'], which nothing in",
    ),
    (
        specs.Mask,
        "parts:ShowsTheFuture",
        ["test_the_future_is_hidden"],
        "position 0 sees position 1, which comes later",
    ),
    (
        specs.Mask,
        "parts:ShowsPadding",
        ["test_padding_is_hidden_from_other_positions"],
        "padding is seen by another position",
    ),
    (
        specs.Mask,
        "parts:HidesWholeRows",
        ["test_no_row_is_hidden_from_everything"],
        "leave the diagonal open",
    ),
    (
        specs.Mask,
        "parts:HidesTheDistantPast",
        ["test_every_real_event_of_the_past_is_seen"],
        "a real event is hidden from a later one",
    ),
    (
        specs.Embedder,
        "parts:DrawsPadding",
        ["test_padding_is_embedded_as_zero"],
        "the item embedding of padding is not zero",
    ),
    (
        specs.Embedder,
        "parts:TrainsPadding",
        ["test_training_leaves_the_row_of_padding"],
        "training moves the row of padding",
    ),
    (
        specs.Embedder,
        "parts:CountsPaddingAsAnItem",
        ["test_item_weights_have_one_row_an_item"],
        "get_item_weights() is (132, 8), not (V, D), (131, 8)",
    ),
    (
        specs.Aggregator,
        "parts:CountsFromTheLeft",
        ["test_a_shorter_sequence_has_the_same_last_embeddings"],
        "count positions from the end",
    ),
    (
        specs.Aggregator,
        "parts:MindsTheOrder",
        ["test_the_order_of_features_does_not_matter"],
        "features in another order give another result",
    ),
    (specs.Norm, "parts:DividesByZero", ["test_states_of_zero_stay_finite"], "add an epsilon"),
    (
        specs.Norm,
        "parts:NormsTheBatch",
        ["test_each_position_is_normalised_by_itself"],
        "other positions or users change",
    ),
    (
        specs.Head,
        "parts:KeepsADimension",
        ["test_there_is_one_score_an_item", "test_users_can_have_items_of_their_own"],
        "scores (4, 5, 1), not (4, 5)",
    ),
    (
        specs.Head,
        "parts:ClaimsToBeADotProduct",
        ["test_dot_product_means_what_it_says"],
        "dot_product is True, but scores are others",
    ),
    (
        specs.Head,
        "parts:ComparesItems",
        ["test_an_item_scores_the_same_among_any_others"],
        "depends on which others are scored",
    ),
    (
        specs.Loss,
        "losses:CountsPadding",
        [
            "test_how_much_padding_there_is_does_not_matter",
            "test_a_user_without_targets_does_not_matter",
        ],
        "the mean is over targets, not over B * L",
    ),
    (
        specs.Loss,
        "losses:TrustsLabelsMoreThanTheMask",
        [
            "test_what_padding_holds_does_not_matter",
            "test_a_user_without_targets_does_not_matter",
            "test_without_any_target_loss_and_gradients_are_zero",
        ],
        "what stands where target_padding_mask is False changes the loss",
    ),
    (
        specs.Loss,
        "losses:DividesByNoTarget",
        ["test_without_any_target_loss_and_gradients_are_zero"],
        "divide by at least 1",
    ),
    (
        specs.Loss,
        "losses:HoldsAllScores",
        ["test_no_tensor_holds_all_scores"],
        "a tensor has 100% of the elements of (B, L, V)",
    ),
    (
        specs.Loss,
        "losses:ForgetsTheHead",
        ["test_the_head_decides_the_scores"],
        "although scorer.is_dot_product is False",
    ),
    (
        specs.Loss,
        "losses:TakesIdsForColumns",
        ["test_item_ids_need_not_be_columns"],
        "with 0 as the id of padding",
    ),
    (
        specs.Loss,
        "losses:Overflows",
        ["test_the_loss_is_a_finite_scalar_with_gradients"],
        "not finite for scores times 10000",
    ),
    (
        specs.Loss,
        "losses:HasTheWrongGradient",
        ["test_gradients_agree_with_finite_differences", "test_the_head_decides_the_scores"],
        "gradients differ from finite differences",
    ),
    (
        specs.Loss,
        "losses:SumsUsersByTheirPlace",
        ["test_the_order_of_users_does_not_matter"],
        "the order of users changes the loss",
    ),
    (
        specs.Loss,
        "losses:AsksForNegativesInSecret",
        ["test_the_spec_says_whether_negatives_are_needed"],
        "needs_negatives of AsksForNegativesInSecret and of AsksForNegativesInSecret differ",
    ),
    (
        specs.SampledLoss,
        "losses:CountsIgnoredNegatives",
        ["test_ignored_negatives_do_not_matter"],
        "negatives that are negative_labels_ignore_index change",
    ),
    (
        specs.SampledLoss,
        "losses:MixesUpNegatives",
        ["test_negatives_of_every_shape_give_the_same"],
        "negatives repeated as (B, N) change",
    ),
    (
        specs.Transform,
        "others:ChangesColumnsInPlace",
        ["test_inputs_stay_as_they_are"],
        "['price'] differs",
    ),
    (
        specs.Transform,
        "others:WritesIntoTheBatch",
        ["test_the_result_is_a_new_dict", "test_inputs_stay_as_they_are"],
        "it returns the dict that it was given",
    ),
    (
        specs.Transform,
        "others:DropsColumns",
        ["test_what_is_not_asked_for_stays"],
        "'not_asked_for', which it was not asked about, is gone",
    ),
    (
        specs.Transform,
        "others:IgnoresItsGenerator",
        ["test_randomness_follows_from_the_seed_of_the_recipe"],
        "it draws from torch's global random state",
    ),
    (
        specs.Transform,
        "others:ChangesItsColumns",
        ["test_every_batch_gets_the_same_columns"],
        "the second",
    ),
    (
        specs.Postprocessor,
        "others:ChangesLogitsInPlace",
        ["test_inputs_stay_as_they_are"],
        "['logits'] differs",
    ),
    (
        specs.Postprocessor,
        "others:CutsLogits",
        ["test_logits_keep_shape_and_dtype", "test_candidates_get_what_they_get_among_all"],
        "turns logits (4, 131) into (4, 130)",
    ),
    (specs.Postprocessor, "others:GivesNaN", ["test_logits_are_never_nan"], "give it -inf"),
    (
        specs.Postprocessor,
        "others:TakesColumnsForItems",
        ["test_candidates_get_what_they_get_among_all"],
        "candidates get other logits",
    ),
    (
        specs.CallbackOf,
        "others:ForgetsItsState",
        ["test_its_state_goes_through_a_checkpoint"],
        "not what a checkpoint gave it",
    ),
    (
        specs.CallbackOf,
        "others:AddsUpRuns",
        ["test_a_second_run_forgets_the_first"],
        "two equal runs give different results",
    ),
    (
        specs.CallbackOf,
        "others:ChangesOutputs",
        ["test_outputs_stay_as_they_are"],
        "in predict it edits outputs",
    ),
    (
        specs.CallbackOf,
        "others:ChangesTheBatch",
        ["test_inputs_stay_as_they_are"],
        "['query_id'] differs",
    ),
    (
        specs.Optimizer,
        "others:ForgetsAParameter",
        ["test_it_creates_an_optimizer_of_all_parameters"],
        "holds other parameters than it was given",
    ),
    (specs.Optimizer, "others:ClimbsUp", ["test_steps_lower_the_loss"], "20 steps take the loss"),
    (
        specs.Scheduler,
        "others:MovesAtNoon",
        ["test_it_says_how_often_it_moves"],
        "interval is 'noon'",
    ),
    (
        specs.Model,
        "models:TakesTheFirstForCandidates",
        ["test_candidates_keep_the_scores_that_they_have_among_all"],
        "candidates of shape (7,) have other scores than among all",
    ),
    (
        specs.Model,
        "models:ScoresPaddingToo",
        ["test_evaluation_scores_every_item"],
        "logits are (4, 132), not (B, V), (4, 131)",
    ),
    (
        specs.Model,
        "models:LearnsFromPadding",
        ["test_more_padding_does_not_change_the_loss"],
        "two more positions of padding change the loss",
    ),
    (
        specs.Model,
        "models:LosesItsStates",
        ["test_what_hidden_states_are_returned_does_not_change_logits"],
        "the last of all hidden states is not the final one",
    ),
    (
        specs.Merger,
        "models:LooksAhead",
        ["test_the_future_does_not_change_the_past"],
        "it sees the future",
    ),
    (
        specs.Reader,
        "data:ForgetsAFeature",
        ["test_it_has_the_item_id_and_every_item_feature"],
        "it lacks ['image']",
    ),
    (
        specs.Reader,
        "data:TurnsTheItemsRound",
        ["test_row_i_is_item_i"],
        "rows do not stand in the order of item ids",
    ),
    (specs.Reader, "data:MakesUpAnything", ["test_an_unknown_feature_is_a_key_error"], "KeyError"),
    (
        specs.Data,
        "data:LosesAUser",
        ["test_every_user_comes_once_in_every_split"],
        "train has the users [0, 1, 2, 3, 5, 6, 7, 8], not each of 9 once",
    ),
    (
        specs.Data,
        "data:PadsOnTheRight",
        ["test_items_are_padded_on_the_left_where_the_mask_is_false"],
        "padding stands behind a real event",
    ),
    (
        specs.Data,
        "data:StartsAllOver",
        ["test_a_run_resumes_at_the_next_batch"],
        "goes on elsewhere",
    ),
]

WRONG_SPECS = [
    (specs.WithoutHelp, ["test_every_field_has_a_help_text"], "dropout has no help"),
    (specs.WithoutMigration, ["test_old_versions_migrate"], "no migration from [1]"),
    (specs.WithoutDocstring, ["test_the_spec_says_what_the_component_is"], "has no docstring"),
    (
        specs.ForgetsToRename,
        ["test_default_transforms_turn_raw_batches_into_arguments"],
        "default transforms of predict do not feed the model",
    ),
    (ImportsTorch, ["test_the_spec_module_is_free_of_torch"], "torch_specs.py, line 3"),
    (ImportsSlowly, ["test_the_spec_module_imports_fast"], "move heavy imports"),
    (
        specs.ReadsOtherValuesThanItDumps,
        ["test_what_is_dumped_reads_back_as_the_same_spec", "test_resolving_twice_changes_nothing"],
        "came back as",
    ),
]


@functools.cache
def failures(cls, compiles=False):
    """What each failing check of the suite says; those that compile only where asked for."""
    suite = type("Suite", (suite_for(cls),), {"spec": cls})
    said = {}
    for name in suite.checks():
        if compiles or name not in COMPILES:
            try:
                getattr(suite(), name)()
            except Exception as error:
                said[name] = str(error)
    return said


def assert_caught(cls, checks, message):
    said = failures(cls, compiles=checks[0] in COMPILES)
    assert sorted(said) == sorted(checks), said
    assert message in said[checks[0]]


@pytest.mark.parametrize(("base", "target"), RIGHT, ids=[target for _, target in RIGHT])
def test_a_right_component_passes(base, target):
    assert failures(specs.of(base, target)) == {}


@pytest.mark.parametrize(("base", "target", "checks", "message"), WRONG, ids=[m[1] for m in WRONG])
def test_a_wrong_component_is_caught_by_the_right_check(base, target, checks, message):
    assert_caught(specs.of(base, target), checks, message)


@pytest.mark.parametrize(
    ("cls", "checks", "message"), WRONG_SPECS, ids=[m[0].__name__ for m in WRONG_SPECS]
)
def test_a_wrong_spec_is_caught_by_the_right_check(cls, checks, message):
    assert_caught(cls, checks, message)


def test_a_field_that_the_constructor_lacks_is_named_besides_the_builds_that_fail():
    said = failures(specs.of(specs.Encoder, "encoders:TakesLessThanItsSpecSays"))
    assert "does not take ['dropout']" in said["test_fields_and_constructor_agree"]
