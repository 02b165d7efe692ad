"""The files of a project: a template for each kind, filled with names and requirements."""

import tomllib
from string import Template

import pytest
from packaging.requirements import Requirement
from seqrec_tool_authoring.scaffold.filled_templates import imported_names, render
from seqrec_tool_authoring.scaffold.kind_templates import template_of
from seqrec_tool_authoring.scaffold.naming import names_of

from seqrec_core import registry
from seqrec_core.registry.installed import core_version


def files_of(kind, family=None, author=None):
    return render(names_of("acme-new", kind, family), template_of(kind, registry), family, author)


def project(kind="loss", author=None):
    return tomllib.loads(files_of(kind, author=author)["pyproject.toml"])["project"]


@pytest.mark.parametrize("kind", registry.kinds())
def test_it_asks_for_what_it_imports_of_seqrec_in_versions_like_those_installed(kind):
    requirements = [Requirement(line) for line in project(kind)["dependencies"]]
    ours = [line for line in requirements if line.name.startswith("seqrec-")]
    assert "seqrec-core" in {line.name for line in ours}
    for line in ours:
        assert not line.extras
        assert core_version() in line.specifier
        assert "99" not in line.specifier


@pytest.mark.parametrize("version", ["0.1.0", "3.2.1"])
def test_the_suites_have_versions_of_their_own_whatever_the_core(version, monkeypatch):
    monkeypatch.setattr(
        "seqrec_tool_authoring.scaffold.filled_templates.core_version", lambda: version
    )
    metadata = project()
    tests = [Requirement(line) for line in metadata["optional-dependencies"]["test"]]
    assert [line.name for line in tests] == ["pytest", "seqrec-tool-conformance"]
    assert "2.5.0" in tests[1].specifier
    assert not {"1.9", "3.0"} & {v for v in ("1.9", "3.0") if v in tests[1].specifier}
    assert version in Requirement(metadata["dependencies"][0]).specifier


def test_an_author_is_named_whatever_the_name():
    assert project(author='Zoë "Z" Ö')["authors"] == [{"name": 'Zoë "Z" Ö'}]
    assert "authors" not in project()


@pytest.mark.parametrize("kind", registry.kinds())
def test_no_placeholder_is_left(kind):
    files = files_of(kind, "acme")
    workflow = files.pop(".github/workflows/test.yml")
    assert "${{ matrix.python }}" in workflow
    for place, text in files.items():
        assert not Template(text).get_identifiers(), place


@pytest.mark.parametrize("kind", registry.kinds())
def test_nothing_probes_for_names(kind):
    for text in files_of(kind).values():
        assert "getattr" not in text
        assert "hasattr" not in text


def test_names_that_modules_import_are_told():
    names = imported_names(template_of("loss", registry))
    assert {"Tensor", "LossSpec", "ScorerProto", "PlainScorer", "conformance"} <= names
    assert not {"X", "XSpec"} & names
