"""Encoders that are wrong in one way fail the check for it, and no other."""

import pytest
from seqrec_mutants import specs
from seqrec_mutants.catching import assert_caught, failures


@pytest.mark.parametrize("mutant", ["Healthy", "ShortcutThatIsNone"])
def test_a_right_encoder_passes(mutant):
    assert failures(specs.of(specs.Encoder, f"encoders:{mutant}"), commands=True) == {}


def test_a_buffer_that_must_stay_can_be_named():
    forgets = specs.of(specs.Encoder, "encoders:ShortcutForgetsABuffer")
    assert failures(forgets, fixed_buffers=("me*",)) == {}


@pytest.mark.parametrize(
    ("mutant", "checks", "message"),
    [
        (
            "TakesOneMaskForAllHeads",
            ["test_every_shape_of_attention_mask_gives_the_same"],
            "a mask of shape (4, 2, 6, 6) gives other states",
        ),
        (
            "ShortcutGoesElsewhere",
            ["test_forward_last_is_the_last_position"],
            "forward_last is not forward's last",
        ),
        (
            "ShortcutForgetsTheBias",
            ["test_forward_last_is_the_last_position"],
            "forward_last is not forward's last",
        ),
        (
            "ShortcutForgetsABuffer",
            ["test_forward_last_is_the_last_position"],
            "forward_last is not forward's last",
        ),
    ],
)
def test_a_wrong_encoder_is_caught_by_the_right_check(mutant, checks, message):
    assert_caught(specs.of(specs.Encoder, f"encoders:{mutant}"), checks, message)


def test_a_right_encoder_of_items_passes():
    assert failures(specs.of(specs.ItemEncoder, "encoders:HealthyOfItems"), commands=True) == {}


def test_items_that_see_each_other_are_caught():
    assert_caught(
        specs.of(specs.ItemEncoder, "encoders:SeesOtherItems"),
        ["test_items_do_not_see_each_other"],
        "the states of an item depend on other items",
    )
