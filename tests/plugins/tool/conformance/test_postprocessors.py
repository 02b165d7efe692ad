"""Postprocessors that are wrong in one way fail the check for it, and no other."""

import pytest
from seqrec_mutants import specs
from seqrec_mutants.catching import assert_caught, failures

CANDIDATES = [
    "test_candidates_get_what_they_get_among_all",
    "test_each_user_may_have_candidates_of_its_own",
]


def test_a_right_postprocessor_passes():
    assert failures(specs.of(specs.Postprocessor, "postprocessors:Healthy"), commands=True) == {}


@pytest.mark.parametrize(
    ("mutant", "checks", "message"),
    [
        (
            "CutsLogits",
            ["test_logits_keep_shape_and_dtype", *CANDIDATES],
            "turns logits (4, 131) into (4, 130)",
        ),
        ("GivesNaN", ["test_logits_are_never_nan"], "give it -inf"),
        (
            "TakesColumnsForItems",
            CANDIDATES,
            "candidates get other logits",
        ),
        (
            "TakesAllUsersForOne",
            ["test_each_user_may_have_candidates_of_its_own"],
            "candidates get other logits than among all, with (4, 9) ids",
        ),
        ("ChangesLogitsInPlace", ["test_inputs_stay_as_they_are"], "['logits'] differs"),
    ],
)
def test_a_wrong_postprocessor_is_caught_by_the_right_check(mutant, checks, message):
    assert_caught(specs.of(specs.Postprocessor, f"postprocessors:{mutant}"), checks, message)
