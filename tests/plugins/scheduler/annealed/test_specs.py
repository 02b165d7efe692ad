import pytest
from seqrec_scheduler_annealed.specs import CosineSpec, InverseSqrtSpec, OneCycleSpec


@pytest.mark.parametrize("cls", [CosineSpec, OneCycleSpec, InverseSqrtSpec])
@pytest.mark.parametrize(("warmup", "faults"), [(0.5, 0), (1, 0), (300, 0), (1.5, 1)])
def test_a_rise_is_a_share_or_whole_steps(cls, warmup, faults):
    assert len(list(cls(warmup=warmup).check())) == faults
