"""What `seqrec plugins new` writes, and what it refuses. That it passes its tests: tests/e2e."""

import ast
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import seqrec_tool_authoring.scaffold
from packaging.requirements import Requirement
from seqrec_tool_authoring.scaffold.naming import names_of
from seqrec_tool_authoring.scaffold.project import write_project

from seqrec_core.errors import SeqrecError, UnknownComponentError
from seqrec_core.registry.component import core_version
from seqrec_core.spec import KINDS

TEMPLATES = Path(seqrec_tool_authoring.scaffold.__file__).parent / "templates"
SEQREC = [sys.executable, "-c", "from seqrec_core.cli import main; main()"]


def test_there_are_templates_for_every_kind():
    assert {path.name for path in TEMPLATES.iterdir()} == {"project", *KINDS}
    for kind in KINDS:
        files = {path.name for path in (TEMPLATES / kind).iterdir()}
        assert files == {"specs.py.tmpl", "module.py.tmpl", "test_numbers.py.tmpl"}


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
        "acme_new/specs.py",
        "pyproject.toml",
        "tests/test_conformance.py",
        "tests/test_new.py",
    }
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    assert project["entry-points"] == {f"seqrec.{kind}": {"new": "acme_new.specs:NewSpec"}}
    for path in root.rglob("*.py"):
        assert ast.get_docstring(ast.parse(path.read_text())), path


def test_it_asks_for_versions_of_the_core_like_the_installed_one(tmp_path):
    root = write_project("acme-new", "loss", tmp_path)
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    ranges = [Requirement(line) for line in project["dependencies"]]
    core = next(line.specifier for line in ranges if line.name == "seqrec-core")
    assert core_version() in core
    assert "99" not in core


def test_an_author_is_named_whatever_the_name(tmp_path):
    root = write_project("acme-new", "loss", tmp_path, author='Zoë "Z" Ö')
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    assert project["authors"] == [{"name": 'Zoë "Z" Ö'}]


@pytest.mark.parametrize(
    ("distribution", "kind", "component", "cls"),
    [
        ("acme-gru", "encoder", "gru", "Gru"),
        ("gru9", "encoder", "gru9", "Gru9"),
        ("acme-loss-gbce", "loss", "gbce", "Gbce"),
        ("acme-two-words", "loss", "two_words", "TwoWords"),
        ("acme-loss", "loss", "acme_loss", "AcmeLoss"),  # LossSpec is the base class
        ("acme-tensor", "loss", "acme_tensor", "AcmeTensor"),  # imported by modules
        ("acme-lambda", "loss", "acme_lambda", "AcmeLambda"),  # no name for a file
        ("acme-specs", "loss", "acme_specs", "AcmeSpecs"),  # a file that there is already
        ("acme-4rec", "encoder", "acme_4rec", "Acme4rec"),
    ],
)
def test_names_follow_from_that_of_the_distribution(distribution, kind, component, cls):
    names = names_of(distribution, kind)
    assert (names.component, names.cls) == (component, cls)


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


@pytest.mark.parametrize("kind", KINDS)
def test_a_family_takes_one_component_after_another(tmp_path, kind):
    for name in ("first", "the-second", "third"):
        root = write_project(name, kind, tmp_path, family="acme")
    distribution = f"seqrec-{kind.replace('_', '-')}-acme"
    module = distribution.replace("-", "_")
    assert root == tmp_path / distribution
    assert list(tmp_path.iterdir()) == [root]
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    assert project["entry-points"] == {
        f"seqrec.{kind}": {
            "first": f"{module}.specs:FirstSpec",
            "the_second": f"{module}.specs:TheSecondSpec",
            "third": f"{module}.specs:ThirdSpec",
        }
    }
    for name in ("first", "the_second", "third"):
        assert (root / module / f"{name}.py").is_file()
        assert (root / "tests" / f"test_{name}.py").is_file()
        assert f'"{distribution}:{name}"' in (root / "tests/test_conformance.py").read_text()
    specs = ast.parse((root / module / "specs.py").read_text()).body
    classes = [node.name for node in specs if isinstance(node, ast.ClassDef)]
    assert classes == ["FirstSpec", "TheSecondSpec", "ThirdSpec"]
    exported = [node.value for node in specs if isinstance(node, ast.Assign)]
    assert [ast.literal_eval(value) for value in exported] == [classes]


def test_what_the_author_wrote_in_a_family_stays(tmp_path):
    root = write_project("first", "norm", tmp_path, family="acme")
    specs, project = root / "seqrec_norm_acme/specs.py", root / "pyproject.toml"
    mine = specs.read_text().replace("inherited, param, spec", "param, spec")
    mine = mine.replace("inherited(ge=1, help=", 'param(8, help="mine: " + ')
    specs.write_text(mine.replace('["FirstSpec"]', '[\n    "FirstSpec",\n]') + "\nMINE = 1\n")
    project.write_text(project.read_text().replace("0.1.0", "0.7.0"))
    write_project("second", "norm", tmp_path, family="acme")
    found = specs.read_text()
    assert 'param(8, help="mine: " + ' in found
    assert "MINE = 1\n\n\n@spec\nclass SecondSpec(NormSpec):\n" in found
    assert "from seqrec_core.spec import NormSpec, param, spec\n" in found
    assert "from seqrec_core.spec import inherited\n" in found
    assert '__all__ = ["FirstSpec", "SecondSpec"]\n' in found
    compile(found, str(specs), "exec")
    assert tomllib.loads(project.read_text())["project"]["version"] == "0.7.0"


def test_a_family_refuses_what_would_break_it_and_stays_as_it_is(tmp_path):
    root = write_project("first", "loss", tmp_path, family="acme")

    def texts():
        return {path: path.read_text() for path in root.rglob("*") if path.is_file()}

    before = texts()
    for name, words in (
        ("first", "first.py exists; choose another name"),
        ("tensor", "choose another name, as in 'my-tensor'"),
        ("No_Name", "did you mean 'no-name'"),
    ):
        with pytest.raises(SeqrecError, match=words):
            write_project(name, "loss", tmp_path, family="acme")
    assert texts() == before
    with pytest.raises(SeqrecError, match="did you mean 'acme'"):
        write_project("first", "loss", tmp_path, family="Acme")
    project = root / "pyproject.toml"
    project.write_text(project.read_text().replace('[project.entry-points."seqrec.loss"]', ""))
    with pytest.raises(SeqrecError, match=r'no line \[project\.entry-points\."seqrec\.loss"\]'):
        write_project("second", "loss", tmp_path, family="acme")
    project.unlink()
    with pytest.raises(SeqrecError, match="exists and is no project"):
        write_project("second", "loss", tmp_path, family="acme")


@pytest.mark.parametrize("damaged", [b"class Half(", b"# \xff", b"\0"])
def test_a_family_whose_code_does_not_parse_is_told_where(tmp_path, damaged):
    specs = write_project("first", "loss", tmp_path, family="acme") / "seqrec_loss_acme/specs.py"
    specs.write_bytes(damaged)
    with pytest.raises(SeqrecError, match=r"specs\.py does not parse: .*correct it first"):
        write_project("second", "loss", tmp_path, family="acme")
    assert specs.read_bytes() == damaged
    assert not (specs.parent / "second.py").exists()


def test_the_command_says_what_to_do_next(tmp_path):
    command = [*SEQREC, "plugins", "new", "acme-new", "--kind", "norm", "--out", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert [line.strip() for line in done.stdout.splitlines()] == [
        f"wrote {tmp_path / 'acme-new'}; next:",
        f"cd {tmp_path / 'acme-new'}",
        'pip install -e ".[test]"',
        "pytest",
    ]
    again = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (again.returncode, again.stdout) == (2, "")
    assert "Traceback" not in again.stderr
