"""What an author writes: a suite, its component, its settings, its declared exceptions."""

import pytest
from seqrec_mutants import specs
from seqrec_tool_conformance import (
    SUITES,
    EncoderConformance,
    ItemEncoderConformance,
    OptimizerConformance,
    conformance,
    suite_for,
)

from seqrec_core import registry
from seqrec_core.errors import RegistryError
from seqrec_core.spec import KINDS

HEALTHY = specs.of(specs.Encoder, "encoders:Healthy")
LEAKS = specs.of(specs.Encoder, "encoders:LooksIntoTheFuture")
FUTURE = "test_the_future_does_not_change_the_past"


def test_there_is_a_suite_for_every_kind():
    assert set(SUITES) == set(KINDS)
    assert all(suite.kind == kind for kind, suite in SUITES.items())


def test_a_suite_takes_a_component_by_name():
    component = registry.register("healthy", HEALTHY)
    try:
        suite = conformance("encoder", "local:healthy")
        assert issubclass(suite, EncoderConformance)
        assert suite.__name__ == "TestHealthy"
        assert suite().subject.cls is HEALTHY
    finally:
        registry.unregister(component)


def test_a_suite_takes_a_spec_with_its_settings():
    class Suite(OptimizerConformance):
        spec = specs.of(specs.Optimizer, "others:HealthyFactory")(lr=0.25)

    assert Suite().made().lr == 0.25


def test_settings_go_over_the_defaults():
    class Suite(OptimizerConformance):
        spec = specs.of(specs.Optimizer, "others:HealthyFactory")
        settings = {"lr": 0.5}

    assert Suite().made().lr == 0.5


def test_a_suite_without_a_component_says_how_to_name_one():
    class Suite(EncoderConformance):
        pass

    with pytest.raises(TypeError, match=r'set component = "distribution:name", or spec'):
        Suite().made()


def test_a_component_that_is_not_installed_is_an_error_at_once():
    with pytest.raises(RegistryError, match="unknown encoder 'gru_'"):
        conformance("encoder", "gru_")


def test_an_encoder_of_items_only_gets_the_suite_of_the_item_tower():
    from seqrec_fake.specs import ItemEncoderSpec

    assert suite_for(ItemEncoderSpec) is ItemEncoderConformance


def test_a_declared_exception_is_shown_as_an_expected_failure():
    class Suite(EncoderConformance):
        spec = LEAKS
        exceptions = {FUTURE: "bidirectional on purpose"}

    with pytest.raises(pytest.xfail.Exception, match="bidirectional on purpose"):
        getattr(Suite(), FUTURE)()


def test_a_declared_exception_that_passes_is_an_error():
    class Suite(EncoderConformance):
        spec = HEALTHY
        exceptions = {FUTURE: "it was wrong once"}

    with pytest.raises(pytest.fail.Exception, match="passes, but is declared an exception"):
        getattr(Suite(), FUTURE)()


def test_an_exception_for_no_check_is_an_error_with_a_suggestion():
    with pytest.raises(TypeError, match="no check; did you mean 'test_torch_export'"):
        type("Suite", (EncoderConformance,), {"exceptions": {"test_torch_exports": "typo"}})


def test_other_checks_of_a_suite_with_exceptions_stay_strict():
    class Suite(EncoderConformance):
        spec = LEAKS
        exceptions = {"test_torch_export": "none of its business"}

    with pytest.raises(AssertionError, match="sees the future"):
        getattr(Suite(), FUTURE)()


def test_nothing_but_the_tests_imports_the_suites():
    import ast
    from pathlib import Path

    import seqrec_core

    root = Path(seqrec_core.__file__).parent
    for path in root.rglob("*.py"):
        if "testing" not in path.relative_to(root).parts:
            modules = [
                node.module or ""
                for node in ast.walk(ast.parse(path.read_text()))
                if isinstance(node, ast.ImportFrom)
            ]
            assert not any(name.startswith("seqrec_tool_conformance") for name in modules), path
