"""Masks that are wrong in one way fail the check for it, and no other."""

import pytest
from seqrec_mutants import specs
from seqrec_mutants.catching import assert_caught, failures


def test_a_right_mask_passes():
    assert failures(specs.of(specs.Mask, "masks:Healthy"), commands=True) == {}


@pytest.mark.parametrize(
    ("mutant", "checks", "message"),
    [
        (
            "ShowsTheFuture",
            ["test_the_future_is_hidden_exactly_where_its_spec_says_so"],
            "position 0 sees position 1, which comes later",
        ),
        (
            "ShowsPadding",
            ["test_padding_is_hidden_from_other_positions"],
            "padding is seen by another position",
        ),
        ("HidesWholeRows", ["test_no_row_is_hidden_from_everything"], "leave the diagonal open"),
        (
            "HidesTheDistantPast",
            ["test_every_real_event_of_the_past_is_seen"],
            "a real event is hidden from a later one",
        ),
    ],
)
def test_a_wrong_mask_is_caught_by_the_right_check(mutant, checks, message):
    assert_caught(specs.of(specs.Mask, f"masks:{mutant}"), checks, message)


def test_a_mask_that_shows_the_future_and_says_so_passes():
    assert failures(specs.of(specs.BidirectionalMask, "masks:ShowsTheFuture")) == {}


def test_a_causal_mask_that_says_it_is_not_is_caught():
    assert_caught(
        specs.BidirectionalMask,
        ["test_the_future_is_hidden_exactly_where_its_spec_says_so"],
        "no position sees a later one",
    )
