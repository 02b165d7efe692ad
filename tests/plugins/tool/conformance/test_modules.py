"""What every part of a model is held to as a torch module, shown by encoders."""

import pytest
from seqrec_mutants import specs
from seqrec_mutants.catching import assert_caught


@pytest.mark.parametrize(
    ("mutant", "checks", "message"),
    [
        ("KeepsDropoutInEvaluation", ["test_evaluation_is_repeatable"], "is dropout still active?"),
        ("HasAnIdleWeight", ["test_gradients_reach_every_parameter"], "no gradient reaches idle"),
        (
            "HidesItsState",
            ["test_its_state_moves_into_another_copy"],
            "register what it keeps as parameters or buffers",
        ),
        (
            "LivesOnTheCPU",
            ["test_it_builds_on_the_meta_device"],
            "['offset'] take memory on the meta device",
        ),
        (
            "ReturnsFloat32",
            ["test_results_have_the_dtype_of_the_weights"],
            "given torch.float64, it returns torch.float32",
        ),
    ],
)
def test_a_wrong_module_is_caught_by_the_right_check(mutant, checks, message):
    assert_caught(specs.of(specs.Encoder, f"encoders:{mutant}"), checks, message)
