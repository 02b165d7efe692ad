"""Weights of a small catalogue in a model of a larger one, by name and shape."""

import pytest
import torch
from seqrec_tool_update.growth import Growth
from seqrec_tool_update.warm_start import carry
from torch import nn

from seqrec_core.errors import BundleError


class Model(nn.Module):
    def __init__(self, items, dim=2):
        super().__init__()
        self.table = nn.Embedding(items + 1, dim, padding_idx=items)
        self.pairs = nn.Parameter(torch.randn(items, items))
        self.body = nn.Linear(dim, dim)
        self.tied = self.body.weight


def test_known_rows_are_copied_and_new_ones_left_as_they_are():
    old, new = Model(3), Model(5)
    fresh = {name: value.clone() for name, value in new.state_dict().items()}
    weights = {name: value for name, value in old.state_dict().items() if name != "tied"}
    carry(weights, new, Growth(items=(3, 5), padding=(3, 5)))
    assert torch.equal(new.table.weight[:3], old.table.weight[:3])
    assert torch.equal(new.table.weight[3:5], fresh["table.weight"][3:5])
    assert torch.equal(new.table.weight[5], old.table.weight[3])
    assert torch.equal(new.pairs[:3, :3], old.pairs)
    assert torch.equal(new.pairs[3:], fresh["pairs"][3:])
    assert torch.equal(new.tied, old.body.weight)


@pytest.mark.parametrize(
    ("change", "name"), [("size", "table.weight"), ("new", "more"), ("old", "less")]
)
def test_what_differs_otherwise_is_an_error_that_names_it(change, name):
    old, new = Model(3), Model(5, dim=3 if change == "size" else 2)
    if change == "new":
        new.more = nn.Parameter(torch.ones(1))
    weights = {each: value for each, value in old.state_dict().items() if each != "tied"}
    weights |= {"less": torch.ones(1)} if change == "old" else {}
    with pytest.raises(BundleError, match=name):
        carry(weights, new, Growth(items=(3, 5), padding=(3, 5)))
