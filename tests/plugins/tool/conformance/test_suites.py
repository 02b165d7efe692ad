"""Which suite tests a component, and how an author gets it in one line."""

from pathlib import Path

import pytest
from seqrec_mutants import specs
from seqrec_tool_conformance import (
    SUITES,
    EncoderConformance,
    ItemEncoderConformance,
    conformance,
    suite_for,
)

from seqrec_core import registry
from seqrec_core.errors import RegistryError
from seqrec_core.spec import KINDS

ROOT = Path(__file__).parents[4]


def test_there_is_a_suite_for_every_kind():
    assert set(SUITES) == set(KINDS)
    assert all(suite.kind == kind for kind, suite in SUITES.items())


def test_a_suite_takes_a_component_by_name():
    cls = specs.of(specs.Encoder, "encoders:Healthy")
    component = registry.register("healthy", cls)
    try:
        suite = conformance("encoder", "local:healthy")
        assert issubclass(suite, EncoderConformance)
        assert suite.__name__ == "TestHealthy"
        assert suite().subject.cls is cls
    finally:
        registry.unregister(component)


def test_a_component_that_is_not_installed_is_an_error_at_once():
    with pytest.raises(RegistryError, match="unknown encoder 'gru_'"):
        conformance("encoder", "gru_")


def test_an_encoder_of_items_only_gets_the_suite_of_the_item_tower():
    assert suite_for(specs.ItemEncoder) is ItemEncoderConformance


def test_nothing_but_tests_imports_the_suites():
    paths = [*ROOT.glob("seqrec_core/**/*.py"), *ROOT.glob("plugins/*/*/seqrec_*/**/*.py")]
    others = [path for path in paths if "seqrec_tool_conformance" not in path.parts]
    assert len(others) > 100
    for path in others:
        words = [line.split()[:2] for line in path.read_text().splitlines()]
        modules = [pair[1] for pair in words if pair[:1] in (["import"], ["from"])]
        assert not any(name.startswith("seqrec_tool_conformance") for name in modules), path
