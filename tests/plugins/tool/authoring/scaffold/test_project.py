"""What `seqrec plugins new` writes, and what it refuses. That it passes its tests: tests/e2e."""

import ast
import tomllib

import pytest
from seqrec_tool_authoring.scaffold.project import write_project

from seqrec_core.errors import SeqrecError, UnknownComponentError
from seqrec_core.spec import KINDS


@pytest.mark.parametrize("kind", KINDS)
def test_a_project_is_complete(tmp_path, kind):
    root = write_project("acme-new", kind, tmp_path)
    files = {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}
    assert files == {
        ".github/workflows/test.yml",
        ".gitignore",
        "README.md",
        "acme_new/__init__.py",
        "acme_new/new.py",
        "acme_new/py.typed",
        "acme_new/specs.py",
        "pyproject.toml",
        "tests/test_conformance.py",
        "tests/test_new.py",
    }
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    assert project["entry-points"] == {f"seqrec.{kind}": {"new": "acme_new.specs:NewSpec"}}
    for path in root.rglob("*.py"):
        assert ast.get_docstring(ast.parse(path.read_text())), path


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Acme_GRU", "did you mean 'acme-gru'"),
        ("acme--gru", "did you mean 'acme-gru'"),
        ("../gru", "did you mean 'gru'"),
        ("4rec", "did you mean 'rec'"),
        ("", "use small letters, digits and single hyphens"),
        ("random", "would hide what Python itself calls 'random'"),
        ("lambda", "would hide what Python itself calls 'lambda'"),
        ("attrs", "is installed already"),
    ],
)
def test_a_bad_name_is_explained(tmp_path, name, words):
    with pytest.raises(SeqrecError, match=words):
        write_project(name, "loss", tmp_path)
    assert not list(tmp_path.iterdir())


def test_an_unknown_kind_is_an_error_with_a_suggestion(tmp_path):
    with pytest.raises(UnknownComponentError, match="did you mean 'loss'"):
        write_project("acme-new", "los", tmp_path)


def test_what_is_there_is_not_overwritten(tmp_path):
    (tmp_path / "acme-new").mkdir()
    with pytest.raises(SeqrecError, match="exists; choose another name or --out"):
        write_project("acme-new", "loss", tmp_path)
    assert not list((tmp_path / "acme-new").iterdir())
