import attrs
import pytest

from seqrec_core.spec import LossSpec, param, spec


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
