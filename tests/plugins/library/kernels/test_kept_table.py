"""A table is computed once in evaluation, and anew when a weight has changed."""

import pickle

import pytest
import torch
from seqrec_library_kernels.kept_table import KeptTable
from torch import nn


@pytest.fixture
def kept():
    module, table = nn.Linear(2, 2).eval(), KeptTable()
    with torch.no_grad():
        table.keep(module, torch.ones(3, 2))
    return module, table


def changes(module):
    with torch.no_grad():
        module.weight.add_(1)


@pytest.mark.parametrize(
    "change",
    [
        changes,
        lambda module: module.load_state_dict(nn.Linear(2, 2).state_dict()),
        lambda module: module.double(),
        lambda module: setattr(module, "bias", nn.Parameter(torch.zeros(2))),
    ],
)
def test_it_holds_until_a_weight_changes(kept, change):
    module, table = kept
    with torch.no_grad():
        assert table.look_up(module) is not None
        change(module)
        assert table.look_up(module) is None


def test_gradients_and_copies_end_it(kept):
    module, table = kept
    copy = pickle.loads(pickle.dumps(table))
    assert table.look_up(module) is None  # with gradients
    with torch.no_grad():
        assert table.look_up(module) is None
        assert copy.look_up(module) is None
        table.keep(module.train(), torch.ones(1))
        assert table.look_up(module) is None
        table.keep(module.eval(), torch.ones(1))
        table.forget()
        assert table.look_up(module) is None


def test_autocast_has_a_table_of_its_own(kept):
    module, table = kept
    with torch.no_grad(), torch.autocast("cpu"):
        assert table.look_up(module) is None
