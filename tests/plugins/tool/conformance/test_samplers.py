"""Samplers that are wrong in one way fail the check for it, and no other."""

import pytest
from seqrec_mutants import specs
from seqrec_mutants.catching import assert_caught, failures


@pytest.mark.parametrize("mutant", ["Healthy", "HealthyForEvents", "Telling"])
def test_a_right_sampler_passes(mutant):
    assert failures(specs.of(specs.Sampler, f"samplers:{mutant}"), commands=True) == {}


@pytest.mark.parametrize(
    ("mutant", "checks", "message"),
    [
        (
            "DrawsPadding",
            ["test_it_draws_items"],
            "to 131; items are 0 to 130, and 131 is padding",
        ),
        ("DrawsFloats", ["test_it_draws_items"], "ids are torch.float32; give torch.int64"),
        (
            "DrawsForOthers",
            ["test_its_shape_is_one_that_losses_know"],
            "it draws (7, 5) for 4 users of 9 events; give (N,) for all of them, (4, N) or",
        ),
        (
            "ForgetsOneUser",
            ["test_it_draws_for_a_single_user"],
            "for a batch of one user its negatives have 1 dimensions, else 2",
        ),
        (
            "TellsProbabilities",
            ["test_it_tells_how_often_it_draws_an_item"],
            "times for a batch, and log_frequency says 0.00763 times; give the logarithm",
        ),
        (
            "TellsOfPadding",
            ["test_it_tells_how_often_it_draws_an_item"],
            "log_frequency of the id of padding is not 0",
        ),
        (
            "TellsOnce",
            ["test_it_tells_how_often_it_draws_an_item"],
            "log_frequency gives () for items (4, 131); give one number an item",
        ),
        (
            "IsMistaken",
            ["test_it_tells_how_often_it_draws_an_item"],
            "log_frequency says 0.0382 times",
        ),
        ("WritesIntoTheBatch", ["test_inputs_stay_as_they_are"], "it holds"),
    ],
)
def test_a_wrong_sampler_is_caught_by_the_right_check(mutant, checks, message):
    assert_caught(specs.of(specs.Sampler, f"samplers:{mutant}"), checks, message)
