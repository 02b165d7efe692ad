"""Data modules that are wrong in one way fail the check for it, and no other."""

import pytest
from seqrec_mutants import specs
from seqrec_mutants.catching import assert_caught, failures


def test_a_right_data_module_passes():
    assert failures(specs.of(specs.Data, "datamodules:Healthy"), commands=True) == {}


@pytest.mark.parametrize(
    ("mutant", "checks", "message"),
    [
        (
            "LosesAUser",
            ["test_every_user_comes_once_in_every_split"],
            "train has the users [0, 1, 2, 3, 4, 6, 7, 8], not each of 9 once",
        ),
        (
            "PadsOnTheRight",
            [
                "test_items_are_padded_on_the_left_where_the_mask_is_false",
                "test_vocabularies_say_what_the_numbers_stand_for",
            ],
            "padding stands behind a real event",
        ),
        ("StartsAllOver", ["test_a_run_resumes_at_the_next_batch"], "goes on elsewhere"),
        (
            "ReadsTheTestTwice",
            ["test_every_split_has_its_loaders", "test_every_user_comes_once_in_every_split"],
            "loaders('test') are 2; the folder has one file of it",
        ),
        (
            "WeighsTwice",
            ["test_loss_weights_have_the_mean_one"],
            "loss_weight has the mean 2 over an epoch",
        ),
        (
            "NamesItemsBackwards",
            ["test_vocabularies_say_what_the_numbers_stand_for"],
            "by vocabularies() the batch has",
        ),
        (
            "NamesNobody",
            ["test_vocabularies_say_what_the_numbers_stand_for"],
            "vocabularies() has no users",
        ),
        (
            "EditsTheBatch",
            ["test_transforms_take_raw_batches_and_leave_them"],
            "transform('train', batch) edits the raw batch",
        ),
        (
            "ForgetsToTransform",
            ["test_transforms_take_raw_batches_and_leave_them"],
            "does not apply the transforms of its spec",
        ),
    ],
)
def test_a_wrong_data_module_is_caught_by_the_right_check(mutant, checks, message):
    assert_caught(specs.of(specs.Data, f"datamodules:{mutant}"), checks, message)


def test_a_right_data_module_that_says_what_it_offers_passes():
    assert failures(specs.DataThatTells) == {}


@pytest.mark.parametrize(
    ("mutant", "message"),
    [
        (specs.OffersTooMuch, "of test have: ['colour'] are not there, [] are not said"),
        (specs.OffersTooLittle, "of predict have: [] are not there, ['seen_ids'] are not said"),
        (specs.ForgetsASplit, "offers(schema) lacks test"),
        (specs.CountsOneItemMore, "says 132 ids of 'item_id'; the folder has 131"),
    ],
)
def test_a_spec_that_offers_something_else_is_caught(mutant, message):
    assert_caught(mutant, ["test_its_spec_offers_what_raw_batches_have"], message)
