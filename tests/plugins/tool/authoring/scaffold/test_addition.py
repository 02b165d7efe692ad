"""A second component joins the project of its family; what its author wrote stays."""

import ast
import tomllib

import pytest
from seqrec_tool_authoring.scaffold.project import write_project

from seqrec_core.errors import SeqrecError
from seqrec_core.spec import KINDS


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
    text = specs.read_text()
    assert 'param(8, help="mine: " + ' in text
    assert "MINE = 1\n\n\n@spec\nclass SecondSpec(NormSpec):\n" in text
    assert "from seqrec_core.spec import NormSpec, param, spec\n" in text
    assert "from seqrec_core.spec import inherited\n" in text
    assert '__all__ = ["FirstSpec", "SecondSpec"]\n' in text
    compile(text, str(specs), "exec")
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
