import pytest

from seqrec_core.errors import (
    BrokenPluginError,
    IncompatiblePluginError,
)
from seqrec_core.registry import Point, Registry
from seqrec_core.spec import LossSpec, param, spec

VALUE = "seqrec_fake.specs:FakeLossSpec"


def entry(name="ce", distribution="seqrec-loss-ce", value=VALUE, core_range="", version="0.1.0"):
    return Point("seqrec.loss", name, value, distribution, version, core_range)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("seqrec_fake.parts:Loss", "not a subclass of LossSpec"),
        ("seqrec_fake.specs:FakeNormSpec", "not a subclass of LossSpec"),
        ("seqrec_core.spec:LossSpec", "has no target"),
        ("seqrec_fake.specs:Nothing", "has no attribute"),
    ],
)
def test_an_entry_point_that_names_the_wrong_object_is_broken(value, reason):
    with pytest.raises(BrokenPluginError, match=reason):
        _ = Registry([entry(value=value)])["loss", "ce"].spec


def test_a_forgotten_decorator_is_broken(tmp_path, monkeypatch):
    (tmp_path / "seqrec_plain.py").write_text(
        "from seqrec_core.spec import LossSpec\nclass Plain(LossSpec):\n    target = 'a:b'\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(BrokenPluginError, match="decorate it with @spec"):
        _ = Registry([entry(value="seqrec_plain:Plain")])["loss", "ce"].spec


@pytest.mark.parametrize("type_", [set, tuple, tuple[float, str], list[int], dict[int, str], bytes])
def test_a_field_that_json_cannot_hold_is_told_when_the_spec_loads(type_):
    cls = type("Odd", (LossSpec,), {"target": "x:y", "__annotations__": {"betas": type_}})
    cls.betas = param(None, help="a setting")
    with pytest.raises(BrokenPluginError, match="a type that no spec can hold: betas"):
        Registry([]).register("odd", spec(cls))


def test_a_version_that_is_no_whole_number_is_told_when_the_spec_loads():
    cls = spec(type("Odd", (LossSpec,), {"target": "x:y", "version": "2"}))
    with pytest.raises(BrokenPluginError, match="has version '2'"):
        Registry([]).register("odd", cls)


def test_a_plugin_for_another_core_names_both_versions():
    component = Registry([entry(core_range=">=7")])["loss", "ce"]
    assert not component.is_compatible
    with pytest.raises(IncompatiblePluginError, match=r"seqrec-core>=7; installed is seqrec-core"):
        _ = component.spec


def test_a_range_that_cannot_be_read_is_no_compatible_one():
    assert not Registry([entry(core_range=">=one")])["loss", "ce"].is_compatible
