import pytest

from seqrec_core.spec import LossSpec, component, param, required, spec
from seqrec_core.spec.fields import fields_of


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


def test_a_default_component_as_plain_data_has_its_settings():
    @spec
    class Holder(LossSpec):
        """Holds a part."""

        part: LossSpec = component("dist:name", scale=2.0, help="part")
        size: int = param(1, help="size")

    part, size = fields_of(Holder)
    assert part.raw_default() == {"type": "dist:name", "scale": 2.0}
    assert size.raw_default() is None
