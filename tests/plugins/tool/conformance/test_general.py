"""What every component is held to, shown by encoders."""

import pytest
from seqrec_mutants import specs
from seqrec_mutants.catching import assert_caught, failures
from seqrec_mutants.slow_specs import ImportsSlowly
from seqrec_mutants.torch_specs import ImportsTorch


@pytest.mark.parametrize(
    ("mutant", "checks", "message"),
    [
        (
            "EditsItsMask",
            ["test_inputs_stay_as_they_are"],
            "an input was changed in place; work on a copy: ['attention_mask'] differs",
        ),
        ("HoldsALambda", ["test_a_pickled_copy_computes_the_same"], "it cannot be pickled"),
        (
            "DrawsWeightsWithPython",
            ["test_two_builds_of_one_seed_are_equal"],
            "global random state, which build seeds: ['mix.bias'] differs",
        ),
        (
            "SwallowsTypos",
            ["test_fields_and_constructor_agree"],
            "takes **options, which swallows typos",
        ),
        (
            "TakesMoreThanItsSpecSays",
            ["test_fields_and_constructor_agree"],
            "takes ['activation'], which nothing in",
        ),
    ],
)
def test_a_wrong_component_is_caught_by_the_right_check(mutant, checks, message):
    assert_caught(specs.of(specs.Encoder, f"encoders:{mutant}"), checks, message)


@pytest.mark.parametrize(
    ("cls", "checks", "message"),
    [
        (specs.WithoutHelp, ["test_every_field_has_a_help_text"], "dropout has no help"),
        (specs.WithoutMigration, ["test_old_versions_migrate"], "no migration from [1]"),
        (specs.WithoutDocstring, ["test_the_spec_says_what_the_component_is"], "has no docstring"),
        (ImportsTorch, ["test_the_spec_module_is_free_of_torch"], "torch_specs.py, line 3"),
        (ImportsSlowly, ["test_the_spec_module_imports_fast"], "move heavy imports"),
        (
            specs.ReadsOtherValuesThanItDumps,
            [
                "test_what_is_dumped_reads_back_as_the_same_spec",
                "test_resolving_twice_changes_nothing",
            ],
            "came back as",
        ),
    ],
)
def test_a_wrong_spec_is_caught_by_the_right_check(cls, checks, message):
    assert_caught(cls, checks, message)


def test_a_field_that_the_constructor_lacks_is_named_besides_the_builds_that_fail():
    messages = failures(specs.of(specs.Encoder, "encoders:TakesLessThanItsSpecSays"))
    assert "does not take ['dropout']" in messages["test_fields_and_constructor_agree"]
