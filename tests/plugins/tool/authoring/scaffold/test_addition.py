"""Another component joins a project that is there; what its author wrote stays."""

import ast
import tomllib

import pytest
from seqrec_tool_authoring.scaffold.addition import names_in
from seqrec_tool_authoring.scaffold.project import add_component, write_project

from seqrec_core import registry
from seqrec_core.errors import SeqrecError


def project_of(root):
    return tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]


def texts(root):
    return {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}


def spec_classes(specs):
    return [
        node.name for node in ast.parse(specs.read_text()).body if isinstance(node, ast.ClassDef)
    ]


@pytest.mark.parametrize("kind", registry.kinds())
def test_a_family_takes_one_component_after_another(tmp_path, kind):
    for name in ("first", "the-second", "third"):
        root = write_project(name, kind, tmp_path, family="acme")
    distribution = f"seqrec-{kind.replace('_', '-')}-acme"
    module = distribution.replace("-", "_")
    assert root == tmp_path / distribution
    assert list(tmp_path.iterdir()) == [root]
    assert project_of(root)["entry-points"] == {
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
    assert spec_classes(root / module / "specs.py") == ["FirstSpec", "TheSecondSpec", "ThirdSpec"]


@pytest.mark.parametrize("kind", sorted({*registry.kinds()} - {"loss"}))
def test_any_kind_joins_a_project_of_another(tmp_path, kind):
    root = write_project("acme-mean", "loss", tmp_path)
    alone = project_of(write_project("acme-new", kind, tmp_path))
    module = add_component("our-new", kind, root)
    assert module == root / "acme_mean" / "our_new.py"
    project = project_of(root)
    assert project["entry-points"] == {
        "seqrec.loss": {"mean": "acme_mean.specs:MeanSpec"},
        f"seqrec.{kind}": {"our_new": "acme_mean.specs:OurNewSpec"},
    }
    assert {*alone["dependencies"]} <= {*project["dependencies"]}
    assert len({*project["dependencies"]}) == len(project["dependencies"])
    assert spec_classes(root / "acme_mean/specs.py") == ["MeanSpec", "OurNewSpec"]
    suites = (root / "tests/test_conformance.py").read_text()
    assert f'TestOurNew = conformance("{kind}", "acme-mean:our_new")\n' in suites


BARE = '[project]\nname = "Acme.Things"\nversion = "1"\nauthors = [{name = "Zoë Ö"}]\n'


@pytest.mark.parametrize("package", ["acme_things", "src/acme_things", "things"])
def test_a_project_that_somebody_else_arranged_is_added_to(tmp_path, package):
    (tmp_path / package).mkdir(parents=True)
    (tmp_path / package / "__init__.py").touch()
    flit = '[tool.flit.module]\nname = "things"\n' if package == "things" else ""
    (tmp_path / "pyproject.toml").write_text(BARE + flit, "utf-8")
    for name, kind in (("mean", "norm"), ("steady", "scheduler")):
        add_component(name, kind, tmp_path)
    module = package.removeprefix("src/")
    project = project_of(tmp_path)
    assert project["authors"] == [{"name": "Zoë Ö"}]
    assert project["entry-points"]["seqrec.norm"] == {"mean": f"{module}.specs:MeanSpec"}
    assert spec_classes(tmp_path / package / "specs.py") == ["MeanSpec", "SteadySpec"]
    assert (tmp_path / package / "py.typed").is_file()
    suites = (tmp_path / "tests/test_conformance.py").read_text()
    assert '"Acme.Things:steady"' in suites
    test = (tmp_path / "tests/test_steady.py").read_text()
    assert f"from {module}.steady import Steady\n" in test
    assert not (tmp_path / "README.md").exists()


def test_what_the_author_wrote_stays(tmp_path):
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
    assert "from seqrec_core.spec import NormSpec, inherited, param, spec\n" in text
    assert '__all__ = ["FirstSpec", "SecondSpec"]\n' in text
    assert project_of(root)["version"] == "0.7.0"


def test_what_would_break_a_project_is_refused_and_nothing_changes(tmp_path):
    root = write_project("acme-mean", "loss", tmp_path)
    before = texts(root)
    for name, kind, words in (
        ("mean", "loss", r"mean\.py exists; choose another name"),
        ("mean", "norm", r"mean\.py exists; choose another name"),
        ("tensor", "norm", "choose another name, as in 'my-tensor'"),
        ("No_Name", "norm", "did you mean 'no-name'"),
        ("new", "lss", "did you mean 'loss'"),
    ):
        with pytest.raises(SeqrecError, match=words):
            add_component(name, kind, root)
    assert texts(root) == before
    (root / "acme_mean/mean.py").unlink()
    (root / "tests/test_mean.py").unlink()
    for kind, words in (
        ("loss", r"pyproject\.toml has an entry point 'mean'"),
        ("norm", r"specs\.py has another MeanSpec"),
    ):
        before = texts(root)
        with pytest.raises(SeqrecError, match=words):
            add_component("mean", kind, root)
        assert texts(root) == before


@pytest.mark.parametrize(
    ("place", "damaged"),
    [
        ("acme_mean/specs.py", b"class Half("),
        ("acme_mean/specs.py", b"# \xff"),
        ("acme_mean/specs.py", b"\0"),
        ("tests/test_conformance.py", b"def"),
        ("pyproject.toml", b"[project"),
        ("pyproject.toml", b"\xff"),
    ],
)
def test_a_file_that_does_not_parse_is_told(tmp_path, place, damaged):
    root = write_project("acme-mean", "loss", tmp_path)
    (root / place).write_bytes(damaged)
    before = texts(root)
    with pytest.raises(SeqrecError, match=rf"{place} does not parse: .*correct it first"):
        add_component("new", "norm", root)
    assert texts(root) == before


def test_where_a_file_cannot_be_written_none_is(tmp_path):
    root = write_project("acme-mean", "loss", tmp_path)
    for path in (root / "tests").iterdir():
        path.unlink()
    (root / "tests").rmdir()
    (root / "tests").write_text("in the way")
    before = texts(root)
    with pytest.raises(SeqrecError, match=r"nothing is written: .*tests"):
        add_component("new", "norm", root)
    assert texts(root) == before


def test_a_folder_that_is_no_project_is_refused(tmp_path):
    with pytest.raises(SeqrecError, match="is no project, as it has no pyproject"):
        names_in(tmp_path, "new")
    (tmp_path / "pyproject.toml").write_text("[tool.x]\n")
    with pytest.raises(SeqrecError, match="has no name of a project"):
        names_in(tmp_path, "new")
    (tmp_path / "pyproject.toml").write_text(BARE, "utf-8")
    with pytest.raises(SeqrecError, match=r"has no package acme_things.*add acme_things/__init__"):
        names_in(tmp_path, "new")
