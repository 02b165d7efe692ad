"""Trainers that are wrong in one way fail the check for it, and no other."""

import pytest
from seqrec_mutants import specs
from seqrec_mutants.catching import assert_caught, failures


def test_a_right_trainer_passes():
    assert failures(specs.of(specs.Trainer, "trainers:Healthy"), commands=True) == {}


@pytest.mark.parametrize(
    ("mutant", "checks", "message"),
    [
        (
            "KeepsTrackersInTheDark",
            ["test_trackers_are_told_what_is_measured"],
            "is not told ['train_loss'] of step",
        ),
        ("HoldsALambda", ["test_a_pickled_copy_computes_the_same"], "it cannot be pickled"),
        (
            "SwallowsTypos",
            ["test_fields_and_constructor_agree"],
            "takes **options, which swallows typos",
        ),
        (
            "ForgetsTheWeights",
            ["test_a_fit_trains_the_model_of_its_run"],
            "fit leaves the weights of run.model as they were",
        ),
        (
            "DrawsAnew",
            ["test_two_fits_of_one_seed_are_equal", "test_a_run_goes_on_from_its_checkpoint"],
            "two fits of one seed give other weights",
        ),
        (
            "ResumesFromTheStart",
            ["test_a_run_goes_on_from_its_checkpoint"],
            "resuming a run that was over changes the weights",
        ),
        (
            "ForgetsRandomNumbers",
            ["test_a_run_goes_on_from_its_checkpoint"],
            "a run that was stopped and resumed has other weights than one that was not",
        ),
        (
            "KeepsRowsToItself",
            ["test_a_fit_tells_what_it_went_through"],
            "the outcome has other rows than run.record got",
        ),
        (
            "LearnsFromEvaluation",
            ["test_evaluation_measures_and_changes_nothing"],
            "evaluate changes the weights",
        ),
        (
            "PredictsTwice",
            ["test_predict_gives_the_writer_every_user_once"],
            "not 0 to 7 once",
        ),
        (
            "WritesInEveryProcess",
            ["test_one_process_is_the_main_one"],
            "is_main_process() is not True in one process",
        ),
        (
            "CannotPredict",
            [
                "test_it_has_what_its_contract_names",
                "test_predict_gives_the_writer_every_user_once",
            ],
            "CannotPredict has no predict, which TrainerProto of seqrec_core.contracts names",
        ),
    ],
)
def test_a_wrong_trainer_is_caught_by_the_right_check(mutant, checks, message):
    assert_caught(specs.of(specs.Trainer, f"trainers:{mutant}"), checks, message)
