"""What inference runs must compile and export, shown by an encoder."""

import pytest
from seqrec_mutants import specs
from seqrec_mutants.catching import assert_caught


@pytest.mark.parametrize(
    ("mutant", "checks", "message"),
    [
        (
            "BranchesOnValues",
            ["test_torch_compile", "test_torch_export", "test_torch_compile_in_training"],
            "torch.compile(fullgraph=True) fails",
        ),
    ],
)
def test_a_wrong_module_is_caught_by_the_right_check(mutant, checks, message):
    assert_caught(specs.of(specs.Encoder, f"encoders:{mutant}"), checks, message)
