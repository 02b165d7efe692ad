import attrs
import pytest

from seqrec_core.spec import KINDS, LossSpec, component, param, required, spec
from seqrec_core.spec.fields import fields_of


def test_specs_are_frozen_and_keyword_only():
    @spec
    class Example(LossSpec):
        """Example."""

        scale: float = param(1.0, help="factor")

    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        Example().scale = 2.0
    with pytest.raises(TypeError, match="positional"):
        Example(2.0)


def test_a_field_without_a_helper_is_refused():
    with pytest.raises(TypeError, match=r"Example\.scale.*param"):

        @spec
        class Example(LossSpec):
            scale: float = 1.0


def test_an_annotated_class_setting_is_refused():
    with pytest.raises(TypeError, match=r"Example\.target is a class setting"):

        @spec
        class Example(LossSpec):
            target: str = "module:Loss"


@pytest.mark.parametrize("default", [[], {}, set()])
def test_a_mutable_default_is_refused(default):
    with pytest.raises(TypeError, match="mutable default"):
        param(default, help="something")


def test_a_default_component_needs_its_canonical_name():
    with pytest.raises(TypeError, match="distribution:name"):
        component("ce", help="loss")


def test_fields_come_in_order_with_resolved_types():
    @spec
    class Example(LossSpec):
        """Example."""

        name: "str | None" = param(None, help="a name")
        size: int = required(ge=1, help="a size")

    name, size = fields_of(Example)
    assert (name.name, name.type, name.is_required) == ("name", str | None, False)
    assert (size.name, size.type, size.is_required, size.info.help) == ("size", int, True, "a size")


def test_a_bound_is_broken_by_nan_too():
    @spec
    class Example(LossSpec):
        """Example."""

        share: float = param(0.5, ge=0, lt=1, help="a share")

    info = fields_of(Example)[0].info
    assert info.broken_bound(0.0) is None
    assert info.broken_bound(-0.1) == "at least 0"
    assert info.broken_bound(1.0) == "less than 1"
    assert info.broken_bound(float("nan")) == "at least 0"


def test_every_kind_has_its_base():
    expected = (
        "model embedder aggregator mask encoder norm head loss transform callback postprocessor "
        "reader context_merger datamodule trainer optimizer scheduler"
    )
    assert sorted(KINDS) == sorted(expected.split())
    assert all(base.kind == kind for kind, base in KINDS.items())
