import sys
import types

import pytest
from seqrec_fake.specs import FakeLossSpec

from seqrec_core.errors import (
    AmbiguousNameError,
    BrokenPluginError,
    ForbiddenPluginError,
    NotInstalledError,
    RegistryError,
    UnknownComponentError,
)
from seqrec_core.registry import Point, Registry

VALUE = "seqrec_fake.specs:FakeLossSpec"


def entry(name="ce", distribution="seqrec-loss-ce", value=VALUE, core_range="", version="0.1.0"):
    return Point("seqrec.loss", name, value, distribution, version, core_range)


def test_a_component_is_found_by_short_and_by_full_name():
    registry = Registry([entry()])
    assert registry["loss", "ce"] is registry["loss", "seqrec-loss-ce:ce"]
    assert registry["loss", "ce"].spec is FakeLossSpec
    assert registry["loss", "ce"].docs == "Scales the mean."
    assert registry.names("loss") == ["ce"]
    assert ("loss", "ce") in registry
    assert ("loss", "nothing") not in registry


def test_an_unknown_name_suggests_the_nearest():
    with pytest.raises(UnknownComponentError, match="did you mean 'ce'"):
        Registry([entry()])["loss", "cee"]
    with pytest.raises(UnknownComponentError, match=r"unknown kind 'los'; did you mean 'loss'"):
        Registry([entry()])["los", "ce"]


def test_a_known_component_says_what_to_install():
    with pytest.raises(NotInstalledError, match="pip install seqrec-loss-bce"):
        Registry([entry()])["loss", "bce"]


@pytest.mark.parametrize("owner", ["acme-losses", "os", "--index-url=https://x.y", "a; rm -rf /"])
def test_a_shell_line_is_never_made_of_what_only_a_spec_says(owner):
    with pytest.raises(NotInstalledError, match="no table of known plugins has") as caught:
        Registry([entry()])["loss", f"{owner}:system"]
    assert "pip install" not in str(caught.value)


def test_a_broken_plugin_names_itself_and_the_cause(tmp_path, monkeypatch):
    (tmp_path / "seqrec_bad.py").write_text("import not_there\n")
    monkeypatch.syspath_prepend(tmp_path)
    registry = Registry([entry(), entry("bad", "acme-bad", "seqrec_bad:Spec")])
    with pytest.raises(BrokenPluginError, match=r"acme-bad 0\.1\.0.*No module named 'not_there'"):
        _ = registry["loss", "bad"].spec
    assert registry["loss", "ce"].spec is FakeLossSpec


def test_two_distributions_with_one_name_need_the_full_name():
    registry = Registry([entry(), entry(distribution="acme-losses")])
    with pytest.raises(AmbiguousNameError, match="'acme-losses:ce' or 'seqrec-loss-ce:ce'"):
        registry["loss", "ce"]
    assert registry["loss", "acme-losses:ce"].distribution == "acme-losses"
    assert registry.state(registry["loss", "acme-losses:ce"]).startswith("ambiguous")


def test_the_allow_list_forbids_the_rest():
    registry = Registry([entry(), entry("other", "acme-losses")])
    registry.allow_only(["seqrec-loss-ce"])
    assert registry["loss", "ce"]
    with pytest.raises(ForbiddenPluginError, match="acme-losses"):
        registry["loss", "other"]
    registry.allow_only([])
    assert registry["loss", "other"]


def test_an_allow_list_that_matches_nothing_is_an_error():
    with pytest.raises(RegistryError, match="seqrec-los-ce"):
        Registry([entry()]).allow_only(["seqrec-los-ce"])


def test_listing_imports_nothing(monkeypatch):
    monkeypatch.delitem(sys.modules, "seqrec_fake.specs", raising=False)
    registry = Registry([entry()])
    assert [component.canonical for component in registry] == ["seqrec-loss-ce:ce"]
    assert registry.state(registry["loss", "ce"]) == "ok"
    assert "seqrec_fake.specs" not in sys.modules


def test_a_component_registered_in_process_is_local():
    registry = Registry([])
    component = registry.register("mine", FakeLossSpec)
    assert component.canonical == "local:mine"
    assert registry["loss", "mine"].spec is FakeLossSpec
    assert registry.of_spec(FakeLossSpec) is component


def test_what_is_registered_later_is_listed_and_what_is_taken_back_is_not():
    registry = Registry([entry()])
    assert registry.names("loss") == ["ce"]
    component = registry.register("mine", FakeLossSpec)
    assert registry.names("loss") == ["ce", "mine"]
    registry.unregister(component)
    assert registry.names("loss") == ["ce"]


def test_a_local_component_of_another_process_is_not_looked_for_on_the_internet():
    with pytest.raises(UnknownComponentError, match=r"registry\.register\('mine', …\)"):
        _ = Registry([entry()])["loss", "local:mine"]


def test_another_spelling_of_a_distribution_is_told_the_right_one():
    with pytest.raises(UnknownComponentError, match="it is spelled 'seqrec-loss-ce:ce'"):
        _ = Registry([entry()])["loss", "Seqrec_Loss.CE:ce"]


def test_an_entry_point_may_name_a_spec_class_where_it_is_imported(monkeypatch):
    module = types.ModuleType("acme_package")
    module.FakeLossSpec = FakeLossSpec
    monkeypatch.setitem(sys.modules, "acme_package", module)
    registry = Registry([entry("mine", "acme", "acme_package:FakeLossSpec")])
    assert registry.of_spec(registry["loss", "mine"].spec).canonical == "acme:mine"


def test_what_is_written_for_a_component_with_a_colon_in_its_name_is_read():
    registry = Registry([entry("a:b", "acme")])
    assert registry["loss", "acme:a:b"].canonical == "acme:a:b"


def test_a_component_that_has_moved_is_found_by_the_name_it_had():
    renamed = Point("seqrec.renames", "loss.acme-old.entropy", VALUE, "seqrec-loss-ce", "1")
    registry = Registry([entry(), renamed])
    assert registry["loss", "acme-old:entropy"].canonical == "seqrec-loss-ce:ce"
    with pytest.raises(UnknownComponentError):
        registry["loss", "entropy"]


def test_a_spec_class_that_is_no_component_says_how_to_become_one():
    with pytest.raises(UnknownComponentError, match=r'entry-points\."seqrec\.loss"'):
        Registry([]).of_spec(FakeLossSpec)


def test_a_name_that_one_distribution_declares_twice_names_both_values():
    """What it says to write, the full name, would not help there."""
    norm = "seqrec_fake.specs:FakeNormSpec"
    registry = Registry([entry(), entry(value=norm), entry("other"), entry(distribution="acme")])
    said = f"is declared by seqrec-loss-ce as ce = {VALUE} and as ce = {norm}; keep one of them"
    with pytest.raises(AmbiguousNameError, match=f"^loss 'ce' {said}, and install seqrec-loss-ce"):
        registry["loss", "seqrec-loss-ce:ce"]
    with pytest.raises(AmbiguousNameError, match=r"write 'acme:ce' or 'seqrec-loss-ce:ce'$"):
        registry["loss", "ce"]
    assert registry["loss", "other"].spec is FakeLossSpec
    states = {c.canonical: registry.state(c) for c in registry}
    assert states["seqrec-loss-ce:ce"].startswith(f"ambiguous: {said}")
    assert states["acme:ce"] == "ambiguous: write acme:ce"


def test_a_name_that_one_distribution_declares_twice_alike_is_one_component():
    registry = Registry([entry(), entry()])
    assert registry["loss", "ce"].spec is FakeLossSpec
    assert len(list(registry)) == 1
