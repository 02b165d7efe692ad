"""Transforms that are wrong in one way fail the check for it, and no other."""

import pytest
from seqrec_mutants import specs
from seqrec_mutants.catching import assert_caught, failures


def test_a_right_transform_passes():
    assert failures(specs.of(specs.Transform, "transforms:Healthy"), commands=True) == {}


@pytest.mark.parametrize(
    ("mutant", "checks", "message"),
    [
        (
            "WritesIntoTheBatch",
            ["test_the_result_is_a_new_dict", "test_inputs_stay_as_they_are"],
            "it returns the dict that it was given",
        ),
        (
            "DropsColumns",
            ["test_what_is_not_asked_for_stays"],
            "'not_asked_for', which it was not asked about, is gone",
        ),
        (
            "IgnoresItsGenerator",
            ["test_randomness_follows_from_the_seed_of_the_recipe"],
            "it draws from torch's global random state",
        ),
        ("ChangesItsColumns", ["test_every_batch_gets_the_same_columns"], "the second"),
        ("ChangesColumnsInPlace", ["test_inputs_stay_as_they_are"], "['price'] differs"),
    ],
)
def test_a_wrong_transform_is_caught_by_the_right_check(mutant, checks, message):
    assert_caught(specs.of(specs.Transform, f"transforms:{mutant}"), checks, message)


def test_a_right_transform_that_says_what_it_needs_and_makes_passes():
    assert failures(specs.TransformThatTells) == {}


NEEDS, MAKES = (f"test_its_spec_says_which_columns_it_{verb}" for verb in ("needs", "makes"))


@pytest.mark.parametrize(
    ("mutant", "checks", "message"),
    [
        (specs.NeedsTooMuch, [NEEDS], "names the column 'price', and without it all is the same"),
        (specs.NeedsWhatIsNotThere, [NEEDS], "names the column 'colour', and without it"),
        (specs.NeedsTooLittle, [NEEDS], "without the column 'price' it fails"),
        (specs.MakesLess, [MAKES], "['fortune'] are not there"),
        (specs.MakesMore, [MAKES], "['luck'] are not said"),
    ],
)
def test_a_spec_that_says_something_else_is_caught(mutant, checks, message):
    assert_caught(mutant, checks, message)


def test_an_older_edition_is_not_held_to_it():
    with pytest.raises(pytest.skip.Exception, match=r"new in edition 2\.1"):
        failures(specs.MakesMore, edition="2.0")
