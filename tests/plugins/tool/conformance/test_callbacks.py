"""Callbacks that are wrong in one way fail the check for it, and no other."""

import pytest
from seqrec_mutants import specs
from seqrec_mutants.catching import assert_caught, failures
from seqrec_tool_conformance import OtherCallbackConformance, suite_for


def test_a_right_callback_passes():
    assert failures(specs.of(specs.CallbackOf, "callbacks:Healthy"), commands=True) == {}


def test_a_callback_of_another_trainer_has_to_say_where_it_runs():
    cls = specs.of(specs.ForeignCallback, "callbacks:Healthy")
    assert suite_for(cls) is OtherCallbackConformance
    messages = failures(cls, commands=True)
    assert list(messages) == ["test_every_command_runs"]
    assert "where does a callback stand in a spec?" in messages["test_every_command_runs"]


@pytest.mark.parametrize(
    ("mutant", "checks", "message"),
    [
        (
            "ForgetsItsState",
            ["test_its_state_goes_through_a_checkpoint"],
            "not what a checkpoint gave it",
        ),
        (
            "AddsUpRuns",
            ["test_a_second_run_forgets_the_first"],
            "two equal runs give different results",
        ),
        ("ChangesOutputs", ["test_outputs_stay_as_they_are"], "in predict it edits outputs"),
        ("ChangesTheBatch", ["test_inputs_stay_as_they_are"], "['query_id'] differs"),
    ],
)
def test_a_wrong_callback_is_caught_by_the_right_check(mutant, checks, message):
    assert_caught(specs.of(specs.CallbackOf, f"callbacks:{mutant}"), checks, message)
