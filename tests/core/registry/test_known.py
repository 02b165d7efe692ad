"""What is known but not installed: the core's table, and anybody's."""

import json

import pytest
from strangers import point

from seqrec_core.cli.command_table import Commands
from seqrec_core.errors import NotInstalledError, UnknownComponentError
from seqrec_core.registry import Registry
from seqrec_core.registry.known import come_with, is_name


@pytest.fixture
def package(tmp_path, monkeypatch):
    """Writes a package with a known.json that raises if it is imported."""

    def write(name, text):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise RuntimeError('imported')")
        (tmp_path / name / "known.json").write_text(text)
        return point("known", name, name, name.replace("_", "-"))

    monkeypatch.syspath_prepend(tmp_path)
    return write


def test_the_core_knows_the_first_party_plugins():
    known = Registry([]).known
    assert known["loss", "ce"] == ["seqrec-loss-ce"]
    assert known["commands", "data prepare"] == ["seqrec-tool-prepare"]


def test_anybody_may_say_what_they_offer(package):
    tables = {"components": {"loss": {"hinge": "acme-losses"}}, "commands": {"acme up": "acme-up"}}
    registry = Registry([package("acme_known", json.dumps(tables))])
    with pytest.raises(NotInstalledError, match="comes with acme-losses: pip install acme"):
        registry["loss", "hinge"]
    with pytest.raises(NotInstalledError, match="pip install acme-up"):
        Commands(registry).function(("acme", "up"))
    assert Commands(registry).is_known(("acme",))


@pytest.mark.parametrize(
    "owner",
    ["--index-url=https://x.y", "a; rm -rf /", "a b", "a\n", "$(id)", "../a", "", "\u017feqrec"],
)
def test_a_shell_line_has_names_of_distributions_alone(package, owner):
    assert not is_name(owner)
    table = json.dumps({"components": {"loss": {"hinge": owner}}})
    with pytest.raises(NotInstalledError) as caught:
        Registry([package("acme_known", table)])["loss", "hinge"]
    assert "pip install" not in str(caught.value)


def test_of_two_that_know_it_both_are_named(package):
    tables = {
        owner: json.dumps({"components": {"loss": {"hinge": f"{owner}-losses"}}})
        for owner in ("acme", "other")
    }
    points = [package(f"{owner}_known", table) for owner, table in tables.items()]
    told = "acme-losses or other-losses: pip install acme-losses or pip install other-losses"
    with pytest.raises(NotInstalledError, match=told):
        Registry(points)["loss", "hinge"]
    with pytest.raises(NotInstalledError, match="with other-losses: pip install other-losses"):
        Registry(points)["loss", "other-losses:hinge"]


@pytest.mark.parametrize("text", ["{", "[]", '{"components": {"loss": 3}}'])
def test_one_that_cannot_be_read_costs_a_warning_and_nothing_else(package, text):
    registry = Registry([package("acme_known", text)])
    with (
        pytest.warns(RuntimeWarning, match=r"acme-known .* known\.json cannot be read"),
        pytest.raises(UnknownComponentError),
    ):
        registry["loss", "hinge"]


def test_it_is_read_only_when_something_is_missing(package):
    ours = point("loss", "ce", "seqrec_fake.specs:FakeLossSpec", "acme")
    registry = Registry([ours, package("acme_known", "{")])
    assert registry["loss", "ce"].spec
    with pytest.warns(RuntimeWarning, match="cannot be read"):
        assert registry.known


def test_a_package_that_is_not_there_is_named():
    with pytest.warns(RuntimeWarning, match="no package acme_nowhere"):
        assert Registry([point("known", "acme", "acme_nowhere", "acme")]).known


def test_owners_are_named_once():
    assert come_with(["a", "a"]) == "it comes with a: pip install a"
