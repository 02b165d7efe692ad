"""What pip is to install for a bundle: all that its lock names, or what answers need."""

import importlib.metadata
import json
import shutil

import pytest
from changed_lock import change_lock
from command_line import modules_after, seqrec
from packaging.requirements import Requirement
from packaging.version import Version
from seqrec_tool_bundle.lock_requirements import pins
from untrained_bundle import written

from seqrec_core import Bundle
from seqrec_core.errors import BundleError


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    return written(tmp_path_factory.mktemp("bundle"))


@pytest.fixture
def copy(bundle, tmp_path):
    return shutil.copytree(bundle, tmp_path / "run")


def lines(*arguments):
    done = seqrec("bundle", "requirements", *arguments)
    assert (done.returncode, done.stderr) == (0, "")
    return [Requirement(line) for line in done.stdout.splitlines()]


def test_the_lines_are_the_rows_of_the_lock_and_core_and_torch(bundle):
    table = json.loads((bundle / "spec.lock.json").read_text())["distributions"]
    needs = {need.name: str(need.specifier) for need in lines(bundle)}
    torch = Version(importlib.metadata.version("torch")).public
    core = importlib.metadata.version("seqrec-core")
    assert (needs.pop("torch"), needs.pop("seqrec-core")) == (f"=={torch}", f"=={core}")
    assert needs == {name: f"=={row['version']}" for name, row in table.items()}


def test_to_serve_needs_neither_trainer_nor_data_module_but_libraries_of_what_answers(bundle):
    recipe = Bundle.load(bundle).recipe
    names = {need.name for need in lines(bundle, "--serve")}
    everything = {need.name for need in lines(bundle)}
    of = Bundle.load(bundle).session.registry.of_spec
    assert names < everything
    training = (recipe.trainer, recipe.data)
    assert names.isdisjoint(of(type(part)).distribution for part in training)
    assert of(type(recipe.model)).distribution in names
    parts = (*recipe.data.transforms["predict"], *recipe.postprocessors)
    assert {of(type(part)).distribution for part in parts} <= names
    for name in names - {"torch"}:  # whatever of the lock one of them requires is there as well
        needs = map(Requirement, importlib.metadata.requires(name) or ())
        assert {need.name for need in needs if need.marker is None} & everything <= names


def test_versions_are_those_of_the_lock_and_json_says_the_same(copy):
    change_lock(copy, lambda lock: lock["distributions"]["seqrec-loss-ce"].update(version="0.0.9"))
    assert "seqrec-loss-ce==0.0.9" in map(str, pins(Bundle.open(copy)))
    rows = json.loads(seqrec("bundle", "requirements", copy, "--json").stdout)
    assert {"name": "seqrec-loss-ce", "version": "0.0.9"} in rows


def test_a_plugin_that_is_missing_here_is_a_line_all_the_same(copy):
    row = {"version": "3.1", "digest": "sha256:0"}
    change_lock(copy, lambda lock: lock["distributions"].update({"acme-callback": row}))
    assert "acme-callback==3.1" in map(str, pins(Bundle.open(copy)))


def test_code_of_no_distribution_is_said(copy):
    row = {"version": 1, "distribution": ""}
    change_lock(copy, lambda lock: lock["components"].update({"local:own": row}))
    done = seqrec("bundle", "requirements", copy)
    assert done.returncode == 0
    assert "no distribution brings local:own" in done.stderr
    assert "local" not in done.stdout


@pytest.mark.parametrize(
    "table",
    [
        {"a --index-url=http://evil": {"version": "1", "digest": ""}},
        {"a": {"version": "1\n-e .", "digest": ""}},
        {"a": {"version": 1}},
        {"a": "1"},
        ["a"],
    ],
)
def test_what_can_be_no_distribution_is_no_line(copy, table):
    change_lock(copy, lambda lock: lock.update(distributions=table))
    with pytest.raises(BundleError, match="names a distribution that can be none"):
        pins(Bundle.open(copy))
    assert seqrec("bundle", "requirements", copy, "--serve").returncode == 2


@pytest.mark.slow
def test_the_command_imports_no_torch(bundle):
    [modules] = modules_after(["bundle", "requirements", bundle, "--serve"])
    assert {"torch", "lightning"}.isdisjoint(modules)
