"""Which suite tests a component, and how an author gets it in one line."""

from pathlib import Path

import pytest
from seqrec_mutants import specs
from seqrec_tool_conformance import (
    EncoderConformance,
    ItemEncoderConformance,
    MetricConformance,
    conformance,
    suite_for,
    suite_of_kind,
)

from seqrec_core import registry
from seqrec_core.errors import AmbiguousNameError, RegistryError
from seqrec_core.registry import Registry
from seqrec_core.registry.installed import CORE, Point

ROOT = Path(__file__).parents[4]
STRANGE = "seqrec_mutants.strange_suites"


def declared(value, distribution="acme-rerank", kind="reranker"):
    """A registry in which a distribution declares a suite."""
    return Registry([Point("seqrec.suites", kind, value, distribution, "1.0")])


def test_there_is_a_suite_for_every_kind_of_the_core():
    kinds = [kind for kind in registry.kinds() if registry.kind(kind).distribution == CORE]
    assert len(kinds) == 19
    assert all(suite_of_kind(kind).kind == kind for kind in kinds)


def test_another_distribution_brings_the_suite_of_its_kind():
    suite = suite_of_kind("reranker", declared(f"{STRANGE}:RerankerConformance"))
    assert suite.__name__ == "RerankerConformance"
    assert "test_every_command_runs" in suite.checks()


def test_a_kind_without_a_suite_says_how_to_declare_one():
    with pytest.raises(RegistryError, match=r"no suite for the kind 'reranker'.*seqrec.suites"):
        suite_of_kind("reranker")


def test_two_suites_for_one_kind_are_an_error_that_names_both():
    points = [
        Point("seqrec.suites", "reranker", f"{STRANGE}:RerankerConformance", owner, "1.0")
        for owner in ("acme-rerank", "best-rerank")
    ]
    with pytest.raises(AmbiguousNameError, match="declared by acme-rerank and by best-rerank"):
        suite_of_kind("reranker", Registry(points))


def test_what_is_no_suite_is_an_error_that_names_its_distribution():
    with pytest.raises(RegistryError, match=r"of acme-rerank: .*:NoSuite is no class based on"):
        suite_of_kind("reranker", declared(f"{STRANGE}:NoSuite"))


def test_a_suite_that_does_not_load_is_an_error_that_names_its_distribution():
    with pytest.raises(RegistryError, match=r"of acme-rerank 1\.0 does not load"):
        suite_of_kind("reranker", declared(f"{STRANGE}:Missing"))


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


def test_a_callback_for_any_trainer_gets_the_suite_of_metrics():
    assert suite_for(specs.NeutralMetric) is MetricConformance


def test_what_a_suite_has_can_be_set_in_one_line():
    suite = conformance("transform", "seqrec-transform-columns:copy", splits=("train",))
    assert suite.splits == ("train",)


def test_what_a_suite_lacks_cannot_be_set():
    with pytest.raises(TypeError, match="TransformConformance has no attribute 'split'"):
        conformance("transform", "seqrec-transform-columns:copy", split=("train",))


def test_nothing_but_tests_imports_the_suites():
    paths = [*ROOT.glob("seqrec_core/**/*.py"), *ROOT.glob("plugins/*/*/seqrec_*/**/*.py")]
    suites = [path for path in paths if path.stem.endswith("_suite")]  # of kinds of libraries
    own = [path for path in paths if "seqrec_tool_conformance" in path.parts]
    others = {*paths} - {*suites, *own}
    assert len(others) > 100
    for path in others:
        words = [line.split()[:2] for line in path.read_text().splitlines()]
        modules = [pair[1] for pair in words if pair[:1] in (["import"], ["from"])]
        assert not any(name.startswith("seqrec_tool_conformance") for name in modules), path


def test_two_suites_of_one_distribution_are_named_by_what_they_are():
    points = [Point("seqrec.suites", "reranker", value, "acme", "1.0") for value in ("a:A", "b:B")]
    said = r"'reranker' is declared by acme as reranker = a:A and as reranker = b:B; keep one"
    with pytest.raises(AmbiguousNameError, match=said):
        suite_of_kind("reranker", Registry(points))
