"""What draws from torch's own numbers, or hides its generator, is caught; what does not passes."""

import pytest
from seqrec_mutants import specs
from seqrec_mutants.catching import assert_caught

KINDS = [(specs.Sampler, "samplers"), (specs.Transform, "transforms")]


@pytest.mark.parametrize(("base", "module"), KINDS)
def test_draws_of_the_global_state_are_caught(base, module):
    checks = ["test_randomness_follows_from_the_seed_of_the_recipe"]
    message = "it draws from torch's global random state; take a generator"
    assert_caught(specs.of(base, f"{module}:IgnoresItsGenerator"), checks, message)


@pytest.mark.parametrize(("base", "module"), KINDS)
def test_a_generator_that_no_checkpoint_keeps_is_caught(base, module):
    checks = ["test_a_checkpoint_can_keep_what_it_draws"]
    message = "so a resumed run would not go on as it was"
    assert_caught(specs.of(base, f"{module}:HidesItsGenerator"), checks, message)
