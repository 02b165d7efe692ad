"""Data modules that are wrong in one way fail the check for it, and no other."""

import pytest
from seqrec_mutants import specs
from seqrec_mutants.catching import assert_caught, failures


def test_a_right_data_module_passes():
    assert failures(specs.of(specs.Data, "datamodules:Healthy")) == {}


@pytest.mark.parametrize(
    ("mutant", "checks", "message"),
    [
        (
            "LosesAUser",
            ["test_every_user_comes_once_in_every_split"],
            "train has the users [0, 1, 2, 3, 5, 6, 7, 8], not each of 9 once",
        ),
        (
            "PadsOnTheRight",
            ["test_items_are_padded_on_the_left_where_the_mask_is_false"],
            "padding stands behind a real event",
        ),
        ("StartsAllOver", ["test_a_run_resumes_at_the_next_batch"], "goes on elsewhere"),
    ],
)
def test_a_wrong_data_module_is_caught_by_the_right_check(mutant, checks, message):
    assert_caught(specs.of(specs.Data, f"datamodules:{mutant}"), checks, message)
