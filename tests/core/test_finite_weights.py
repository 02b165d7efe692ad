import pytest
import torch

from seqrec_core import finite_weights
from seqrec_core.finite_weights import finite_fault


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float64])
def test_the_first_strange_tensor_is_named_with_its_count(value, dtype):
    model = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.Linear(2, 2)).to(dtype)
    assert finite_fault(model) is None
    with torch.no_grad():
        model[1].weight[0] = value
        model[1].bias[0] = value
    assert finite_fault(model) == "2 of 4 values of 1.weight are NaN or infinite"


def test_buffers_may_hold_minus_infinity_and_numbers_of_any_kind():
    model = torch.nn.Module()
    model.register_buffer("mask", torch.tensor([0, -torch.inf]))
    model.register_buffer("counts", torch.tensor([3]))
    assert finite_fault(model) is None
    model.register_buffer("mean", torch.tensor([0, -torch.inf, torch.nan]))
    assert finite_fault(model) == "1 of 3 values of mean are NaN or infinite"


@pytest.mark.parametrize("place", [0, 2, 3, 6])
def test_a_large_tensor_is_looked_at_in_parts_and_no_value_is_left_out(monkeypatch, place):
    monkeypatch.setattr(finite_weights, "_AT_ONCE", 3)
    model = torch.nn.Linear(7, 1, bias=False)
    assert finite_fault(model) is None
    with torch.no_grad():
        model.weight[0, place] = torch.nan
    assert finite_fault(model) == "1 of 7 values of weight are NaN or infinite"
