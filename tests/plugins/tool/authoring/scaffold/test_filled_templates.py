"""The files of a project: a template for each kind, filled with names and requirements."""

import tomllib
from pathlib import Path
from string import Template

import pytest
import seqrec_tool_authoring.scaffold
from packaging.requirements import Requirement
from seqrec_tool_authoring.scaffold.filled_templates import render
from seqrec_tool_authoring.scaffold.naming import names_of

from seqrec_core.registry.installed import core_version
from seqrec_core.spec import KINDS

TEMPLATES = Path(seqrec_tool_authoring.scaffold.__file__).parent / "templates"


def project(kind="loss", author=None):
    files = render(names_of("acme-new", kind), kind, None, author)
    return tomllib.loads(files["pyproject.toml"])["project"]


def test_there_are_templates_for_every_kind():
    assert {path.name for path in TEMPLATES.iterdir()} == {"project", *KINDS}
    for kind in KINDS:
        files = {path.name for path in (TEMPLATES / kind).iterdir()}
        assert files == {"specs.py.tmpl", "module.py.tmpl", "test_numbers.py.tmpl"}


@pytest.mark.parametrize("kind", KINDS)
def test_it_asks_for_what_it_imports_of_seqrec_in_versions_like_those_installed(kind):
    metadata = project(kind)
    tests = [Requirement(line) for line in metadata["optional-dependencies"]["test"]]
    assert [line.name for line in tests] == ["pytest", "seqrec-tool-conformance"]
    requirements = [Requirement(line) for line in metadata["dependencies"]] + tests
    ours = [line for line in requirements if line.name.startswith("seqrec-")]
    assert "seqrec-core" in {line.name for line in ours}
    for line in ours:
        assert not line.extras
        assert core_version() in line.specifier
        assert "99" not in line.specifier


def test_an_author_is_named_whatever_the_name():
    assert project(author='Zoë "Z" Ö')["authors"] == [{"name": 'Zoë "Z" Ö'}]
    assert "authors" not in project()


@pytest.mark.parametrize("kind", KINDS)
def test_no_placeholder_is_left(kind):
    files = render(names_of("first", kind, "acme"), kind, "acme", None)
    workflow = files.pop(".github/workflows/test.yml")
    assert "${{ matrix.python }}" in workflow
    for place, text in files.items():
        assert not Template(text).get_identifiers(), place
