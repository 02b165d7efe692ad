"""Mergers that are wrong in one way fail the check for it, and no other."""

import pytest
from seqrec_mutants import specs
from seqrec_mutants.catching import assert_caught, failures


def test_a_right_merger_passes():
    assert failures(specs.of(specs.Merger, "mergers:Healthy"), commands=True) == {}


@pytest.mark.parametrize(
    ("mutant", "checks", "message"),
    [
        ("LooksAhead", ["test_it_is_causal_exactly_where_its_spec_says_so"], "it sees the future"),
    ],
)
def test_a_wrong_merger_is_caught_by_the_right_check(mutant, checks, message):
    assert_caught(specs.of(specs.Merger, f"mergers:{mutant}"), checks, message)
