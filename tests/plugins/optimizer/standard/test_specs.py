"""What the specs of optimisers say of them."""

import pytest
from seqrec_optimizer_standard.specs import AdamSpec, SGDSpec


@pytest.mark.parametrize(
    ("spec", "is_fused"),
    [(AdamSpec(), True), (AdamSpec(fused=False), False), (SGDSpec(), False)],
)
def test_a_spec_says_whether_the_update_is_one_kernel(spec, is_fused):
    assert spec.is_fused() is is_fused
