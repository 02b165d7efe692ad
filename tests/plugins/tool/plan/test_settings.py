"""Settings that a spec may have."""

from seqrec_tool_plan.settings import setting

from seqrec_core.spec import LossSpec, param, spec


@spec
class SmallLossSpec(LossSpec):
    """A loss with a setting."""

    backend: str = param("torch", help="how it is computed")


def test_a_setting_is_the_value_of_a_field_or_the_default():
    assert setting(SmallLossSpec(), "backend", "other") == "torch"
    assert setting(SmallLossSpec(), "weight") is None
    assert setting(SmallLossSpec(), "needs_negatives", 5) == 5  # a class setting is no field
    assert setting(None, "backend", "other") == "other"
