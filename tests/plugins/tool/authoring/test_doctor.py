"""What `seqrec plugins doctor` says of small worlds of installed plugins."""

import json
import subprocess
import sys
import sysconfig
from importlib.metadata import PathDistribution
from pathlib import Path

import pytest
from seqrec_tool_authoring.doctor import (
    _clashing,
    _doubles,
    _orphans,
    _reserved,
    _undeclared,
    _unusable,
    _unusable_kinds,
)
from seqrec_tool_authoring.entry_checks import Entry

from seqrec_core.registry import Point, Registry

MAIN = (
    "import json, site, sys; [site.addsitedir(path) for path in json.loads(sys.argv.pop(1))];"
    "from seqrec_core.cli import main; main()"
)
OURS = ("seqrec_core", "seqrec_tool_authoring")
SITE = Path(sysconfig.get_path("purelib"))
GROUPS = ("seqrec.loss", "seqrec.hooks", "seqrec.commands", "seqrec.groups", "seqrec.kinds")
SPEC = """
from seqrec_core.spec import LossSpec, spec

@spec
class GoodSpec(LossSpec):
    "A loss."
    target = "{target}"
"""
BASE = """
from seqrec_core.spec import Spec, spec

@spec
class GoodSpec(Spec):
    "Of a kind."
    kind = "reranker"
"""


def install(site, name, specs=None, *, requires=("seqrec-core",), version="1.0", **point):
    """Writes a distribution with one entry point, by default a healthy loss."""
    module = name.replace("-", "_")
    info = site / f"{module}-{version}.dist-info"
    info.mkdir(parents=True)
    lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
    (info / "METADATA").write_text("\n".join([*lines, *(f"Requires-Dist: {r}" for r in requires)]))
    group, key = point.get("group", "seqrec.loss"), point.get("key", module)
    value = point.get("value", f"{module}.specs:GoodSpec")
    (info / "entry_points.txt").write_text(f"[{group}]\n{key} = {value}\n")
    package = site / module
    package.mkdir(exist_ok=True)
    (package / "__init__.py").touch()
    (package / "parts.py").write_text("class Loss:\n    pass\n")
    (package / "specs.py").write_text(specs or SPEC.format(target=f"{module}.parts:Loss"))


def doctor(*sites):
    """Runs it where these sites hold the only plugins."""
    third = sites[0].parent / "third"
    if not third.exists():
        third.mkdir()
        for entry in SITE.iterdir():
            if not entry.name.startswith("seqrec_") or entry.name.startswith(OURS):
                (third / entry.name).symlink_to(entry)
    paths = json.dumps([str(third), *map(str, sites)])
    return subprocess.run(
        [sys.executable, "-S", "-c", MAIN, paths, "plugins", "doctor"],
        capture_output=True,
        text=True,
    )


@pytest.fixture(scope="module")
def findings(tmp_path_factory):
    """What it says of a world where everything is wrong, one line a finding."""
    folder = tmp_path_factory.mktemp("ill")
    site, other = folder / "site", folder / "other"
    install(site, "acme-good")
    install(site, "acme-module", value="acme_module.gone:GoodSpec")
    install(site, "acme-attribute", value="acme_attribute.specs:Gone")
    install(site, "acme-torch", "import torch\n")
    install(site, "acme-hidden", "try:\n    import torch\nexcept ImportError:\n    pass\n")
    lazy = SPEC.format(target="acme_lazy.parts:Loss") + "\ndef late():\n    import numpy\n"
    install(site, "acme-lazy", lazy)
    install(site, "acme-broken", "raise RuntimeError('no luck')\n")
    install(site, "acme-syntax", "def (\n")
    install(site, "acme-nothing", value=":GoodSpec")
    install(site, "acme-deadly", "import os\nos._exit(3)\n")
    install(site, "acme-quits", "import sys\nsys.exit(0)\n")
    install(
        site,
        "acme-chatty",
        "print('hello')\nimport os\nos.write(1, b'hello')\n"
        + SPEC.format(target="acme_chatty.parts:Loss"),
    )
    install(site, "acme-target", SPEC.format(target="acme_target.parts:Gone"))
    install(site, "acme-wrong", "class GoodSpec:\n    pass\n")
    install(site, "acme-old", "raise RuntimeError\n", requires=("seqrec-core<0.0.1",))
    install(site, "acme-one", key="same")
    install(site, "acme-two", key="same")
    install(site, "acme-group", group="seqrec.los")
    install(site, "acme-command", group="seqrec.commands", key="plugins list")
    install(site, "acme-longer", group="seqrec.commands", key="validate all")
    kind = {"group": "seqrec.kinds", "key": "reranker"}
    install(site, "acme-kind", "X = 1\n", group="seqrec.kinds", key="ranker")
    install(site, "acme-clash", BASE, **kind)
    install(site, "acme-rival", BASE, **kind)
    install(site, "acme-reserved", BASE, group="seqrec.kinds", key="hooks")
    install(site, "acme-orphan", group="seqrec.tagger")
    install(site, "acme-twice", version="1.0")
    install(other, "acme-twice", version="2.0")
    done = doctor(site, other)
    assert done.returncode == 1, done.stderr
    return [" ".join(line.split()) for line in done.stdout.splitlines()]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("module", "names acme_module.gone, which does not exist"),
        ("attribute", "its entry point names acme_attribute.specs:Gone, which does"),
        ("torch", "importing acme_torch.specs imports torch"),
        ("hidden", "importing acme_hidden.specs imports torch"),
        ("lazy", "imports 'numpy' (specs.py, line"),
        ("broken", "does not import: RuntimeError: no luck"),
        ("syntax", "does not import: SyntaxError"),
        ("nothing", "does not import: ValueError: Empty module name"),
        ("deadly", "importing it ends Python with code 3"),
        ("quits", "does not import: SystemExit: 0"),
        ("target", "target acme_target.parts:Gone does not import"),
        ("wrong", "is not a subclass of LossSpec"),
        ("old", "asks for seqrec-core<0.0.1"),
        ("one", "the name 'same' is declared twice"),
        ("two", "the name 'same' is declared twice"),
        ("group", "entry-point group 'seqrec.los' is read by nobody"),
        ("command", "command plugins list is declared by seqrec-core (plugins list) and by acme-"),
        ("longer", "command validate is declared by seqrec-core (validate) and by acme-longer"),
        (
            "kind",
            "kinds acme-kind:ranker its entry point names acme_kind.specs:GoodSpec, which does",
        ),
        ("clash", "the kind 'reranker' is declared by acme-clash and by acme-rival"),
        ("reserved", "the name 'hooks' is reserved"),
        ("orphan", "entry-point group 'seqrec.tagger' is read by nobody"),
        ("twice", "is installed 2 times: 1.0 in"),
    ],
)
def test_a_plugin_is_told_what_is_wrong_with_it(findings, name, words):
    assert any(f"acme-{name}" in line and words in line for line in findings), "\n".join(findings)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["good", "chatty"])
def test_a_healthy_plugin_among_ill_ones_is_left_alone(findings, name):
    assert not any(f"acme-{name}" in line for line in findings)


@pytest.mark.slow
def test_an_incompatible_plugin_is_not_imported(findings):
    assert sum("acme-old" in line for line in findings) == 1


@pytest.mark.slow
def test_without_anything_wrong_all_is_well(tmp_path):
    install(tmp_path / "site", "acme-good")
    done = doctor(tmp_path / "site")
    assert (done.returncode, done.stdout, done.stderr) == (0, "all well\n", "")


@pytest.mark.slow
def test_a_kind_and_a_component_of_it_are_well_too(tmp_path):
    site = tmp_path / "site"
    install(site, "acme-kind", BASE, group="seqrec.kinds", key="reranker")
    part = (
        "from acme_kind.specs import GoodSpec as Base\nfrom seqrec_core.spec import spec\n\n"
        "@spec\nclass GoodSpec(Base):\n    'A part.'\n    target = 'acme_part.parts:Loss'\n"
    )
    both = ("seqrec-core", "acme-kind")
    install(site, "acme-part", part, requires=both, group="seqrec.reranker", key="part")
    done = doctor(site)
    assert (done.returncode, done.stdout, done.stderr) == (0, "all well\n", "")


def installed(site):
    return [PathDistribution(info) for info in sorted(site.glob("*.dist-info"))]


def test_a_distribution_that_is_there_twice_is_named_with_its_places(tmp_path):
    one, other = tmp_path / "one", tmp_path / "other"
    install(one, "acme-twice", version="1.0")
    install(one, "acme-once")
    install(other, "acme-twice", version="2.0")
    [finding] = _doubles([*installed(one), *installed(other)])
    assert finding.subject == "acme-twice"
    assert finding.fault == f"is installed 2 times: 1.0 in {one} and 2.0 in {other}"


def test_what_stands_in_the_path_twice_is_there_once(tmp_path):
    install(tmp_path, "acme-once")
    assert not list(_doubles(installed(tmp_path) * 2))


def test_a_group_that_nobody_reads_is_named_and_those_of_kinds_and_hooks_are_not():
    entries = [Entry("acme", group, "part", "a:b") for group in ("seqrec.los", *GROUPS)]
    [finding] = _orphans(entries, Registry([]).kinds())
    assert finding.subject == "los acme:part"
    assert finding.fault == "its entry-point group 'seqrec.los' is read by nobody"
    assert "that declares the kind 'los', or mend the name" in finding.remedy
    assert "did you mean 'seqrec.loss'?" in finding.remedy


def test_the_group_of_a_kind_is_an_orphan_where_that_is_not_installed():
    entry = Entry("acme-mmr", "seqrec.reranker", "mmr", "a:b")
    kind = Point("seqrec.kinds", "reranker", "a:B", "acme", "1")
    assert list(_orphans([entry], Registry([kind]).kinds())) == []
    [finding] = _orphans([entry], Registry([]).kinds())
    assert finding.subject == "reranker acme-mmr:mmr"
    assert finding.remedy.endswith("declares the kind 'reranker', or mend the name")


def test_a_kind_by_a_reserved_name_is_named():
    entries = [Entry("acme", "seqrec.kinds", name, "a:B") for name in ("hooks", "reranker")]
    [finding] = _reserved(entries)
    assert finding.subject == "kinds acme:hooks"
    assert finding.fault == "the name 'hooks' is reserved, and the kind is left out"


def test_a_kind_that_is_declared_twice_or_for_another_core_is_named():
    kinds = [
        Point("seqrec.kinds", "reranker", "acme_rerank:RerankerSpec", "acme", "1"),
        Point("seqrec.kinds", "reranker", "other_rerank:RerankerSpec", "other", "1"),
        Point("seqrec.kinds", "ranker", "acme_rank:RankerSpec", "acme", "1", ">=7"),
    ]
    old, twice = _unusable_kinds(Registry(kinds))
    assert (twice.subject, twice.remedy) == ("kind reranker", "uninstall one of them")
    assert twice.fault == "the kind 'reranker' is declared by acme and by other"
    assert old.fault.startswith("the kind 'ranker' of acme 1 asks for seqrec-core>=7; installed")
    assert old.remedy == "Install a version of acme made for it"


def test_what_a_plugin_imports_undeclared_is_a_finding(tmp_path, monkeypatch):
    install(tmp_path, "acme-lazy", "def late():\n    import numpy\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    [finding] = _undeclared(installed(tmp_path))
    assert finding.fault == "imports 'numpy' (specs.py, line 2) but does not declare it"


def points(*lines, owner="acme"):
    """Entry points of one distribution, by lines `group name value`."""
    return [Point(f"seqrec.{g}", n, v, owner, "1") for g, n, v in map(str.split, lines)]


def test_what_one_distribution_declares_twice_is_named_with_both_values():
    twice = points("loss ce a:A", "loss ce a:B", "loss ce a:A", "loss mean a:A", "loss mean a:A")
    [finding] = {*_unusable(Registry(twice))}
    assert finding.subject == "loss acme:ce"
    assert finding.fault == "is declared by acme as ce = a:A and as ce = a:B"
    assert finding.remedy == "keep one of them, and install acme again"


@pytest.mark.parametrize("group", ["commands", "groups", "hooks", "suites", "templates"])
def test_so_is_everything_else_that_it_declares_twice(group):
    twice = points(f"{group} x a:A", f"{group} x a:B", f"{group} y a:A", f"{group} y a:A")
    [finding] = _clashing(Registry(twice))
    assert finding.subject == f"{group.removesuffix('s') if group == 'commands' else group} x"
    assert finding.fault == "is declared by acme as x = a:A and as x = a:B"
    assert finding.remedy == "keep one of them, and install acme again"


def test_two_suites_for_a_kind_clash_and_two_helps_of_a_group_do_not():
    one, other = (points("suites loss a:A", "groups x a:A", owner=o) for o in ("acme", "rival"))
    [finding] = _clashing(Registry([*one, *other]))
    assert (finding.subject, finding.fault) == ("suites loss", "is declared by acme and by rival")
