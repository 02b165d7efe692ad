"""What `seqrec plugins new` writes, and what it refuses. That it passes its tests: tests/e2e."""

import ast
import tomllib
from pathlib import Path

import pytest
from seqrec_tool_authoring.scaffold.project import add_component, write_project
from strangers import KIND, point

from seqrec_core import registry
from seqrec_core.errors import SeqrecError, UnknownComponentError
from seqrec_core.registry import Registry


@pytest.mark.parametrize("kind", registry.kinds())
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


def test_the_component_may_be_called_otherwise_than_the_project(tmp_path):
    root = write_project("acme-models", "encoder", tmp_path, component="gru")
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    assert project["entry-points"] == {"seqrec.encoder": {"gru": "acme_models.specs:GruSpec"}}
    assert (root / "acme_models" / "gru.py").is_file()


def test_a_strangers_kind_is_written_like_ours(tmp_path, monkeypatch):
    (tmp_path / "their_templates").mkdir()
    for name in ("specs.py", "module.py", "test_numbers.py"):
        (tmp_path / "their_templates" / f"{name}.tmpl").write_text('"""Of $cls."""\n')
    monkeypatch.syspath_prepend(str(tmp_path))
    template = point("templates", "reranker", "their_templates", "acme-rerank")
    known = Registry([KIND, template])
    root = write_project("acme-best", "reranker", tmp_path, registry=known)
    assert (root / "acme_best" / "best.py").read_text() == '"""Of Best."""\n'
    add_component("other", "reranker", root, known)
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    assert list(project["entry-points"]["seqrec.reranker"]) == ["best", "other"]
    with pytest.raises(SeqrecError, match="'reranker', which acme-rerank declares"):
        write_project("acme-new", "reranker", tmp_path, registry=Registry([KIND]))


@pytest.mark.parametrize("place", ["tests", "acme_new/specs.py"])
def test_what_cannot_be_written_leaves_nothing_behind(tmp_path, monkeypatch, place):
    write = Path.write_text

    def refuse(path, *arguments, **options):
        if place in str(path):
            raise PermissionError(f"no writing to {path}")
        return write(path, *arguments, **options)

    monkeypatch.setattr(Path, "write_text", refuse)
    with pytest.raises(SeqrecError, match=f"nothing is written: no writing to .*{place}"):
        write_project("acme-new", "loss", tmp_path)
    assert not list(tmp_path.iterdir())


def test_what_is_there_is_not_overwritten(tmp_path):
    (tmp_path / "acme-new").mkdir()
    with pytest.raises(SeqrecError, match="exists; choose another name or --out"):
        write_project("acme-new", "loss", tmp_path)
    assert not list((tmp_path / "acme-new").iterdir())
