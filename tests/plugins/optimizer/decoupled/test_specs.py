import pytest
from seqrec_optimizer_decoupled.specs import AdamWSpec, LionSpec


@pytest.mark.parametrize("cls", [AdamWSpec, LionSpec])
def test_betas_are_below_one(cls):
    assert [path for path, _ in cls(betas=(0.9, 1.0)).check()] == ["betas"]
    assert not list(cls().check())


def test_only_adamw_may_be_one_kernel():
    assert AdamWSpec().is_fused()
    assert not AdamWSpec(fused=False).is_fused()
    assert not LionSpec().is_fused()
