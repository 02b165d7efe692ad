"""Where the first value stands that is not finite."""

import pytest
import torch
from seqrec_library_kernels.non_finite import Cell, first_cell, first_module, first_parameter
from torch import nn

NAN, INF = float("nan"), float("inf")


@pytest.mark.parametrize("value", [INF, -INF])
def test_the_first_cell_is_named_by_its_path_and_index(value):
    price = torch.zeros(3, 4)
    price[2, 1] = value
    batch = {"id": torch.arange(3), "none": None, "features": {"a": torch.ones(3), "price": price}}
    assert first_cell(batch) == Cell("features.price", (2, 1), value)
    assert first_cell({"x": [torch.ones(2), torch.tensor(value)]}) == Cell("x.1", (), value)
    assert first_cell({"id": torch.arange(3)}) is None


@pytest.mark.parametrize("value", [NAN, INF, -INF])
def test_the_first_parameter_is_named_and_the_first_gradient(value):
    model = nn.Sequential(nn.Linear(2, 3), nn.Embedding(5, 2, sparse=True), nn.Identity())
    assert first_parameter(model) is None
    assert first_parameter(model, gradients=True) is None
    model[1](torch.tensor([1, 1])).sum().mul(value).backward()
    assert first_parameter(model, gradients=True) == "1.weight"
    with torch.no_grad():
        model[0].bias[2] = value
    assert first_parameter(model) == "0.bias"


class Log(nn.Module):
    def forward(self, x):
        return {"out": torch.log(x)}


class Mask(nn.Module):
    def forward(self, x):
        return torch.zeros_like(x).masked_fill(x > 0, -INF)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.mask, self.inner = Mask(), nn.Sequential(nn.Identity(), Log())

    def forward(self, x):
        self.mask(x)
        return self.inner(x)["out"].sum()


def test_the_first_module_is_named_and_masks_are_not():
    net = Net()
    assert first_module(net, lambda: net(torch.tensor([1.0, 2.0]))) is None
    assert first_module(net, lambda: net(torch.tensor([1.0, -1.0]))) == "inner.1"
    assert not any(module._forward_hooks for module in net.modules())


def test_a_model_whose_parts_are_fine_is_named_itself():
    class Zero(nn.Module):
        def forward(self, x):
            return x / x

    zero = Zero()
    assert first_module(zero, lambda: zero(torch.zeros(1))) == ""
