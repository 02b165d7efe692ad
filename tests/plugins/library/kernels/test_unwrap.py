"""What stands beneath the wrappers of torch."""

import pytest
import torch
from seqrec_library_kernels.unwrap import is_compiled, unwrap
from torch import nn
from torch.nn.parallel import DistributedDataParallel
from torch.optim.swa_utils import AveragedModel


@pytest.fixture
def process_group(tmp_path):
    torch.distributed.init_process_group(
        "gloo", init_method=f"file://{tmp_path}/store", rank=0, world_size=1
    )
    yield
    torch.distributed.destroy_process_group()


def compiled(module):
    return torch.compile(module, backend="eager")


def test_what_nothing_wraps_comes_back_as_it_is():
    for part in (nn.Linear(2, 2), nn.Sequential(compiled(nn.Linear(2, 2))), len, None):
        assert unwrap(part) is part
        assert not is_compiled(part)


def test_the_module_of_its_author_is_found_however_deep(process_group):
    module = nn.Linear(2, 2)
    parallel = DistributedDataParallel(module)
    assert unwrap(compiled(module)) is module
    assert unwrap(parallel) is module
    assert unwrap(compiled(parallel)) is module
    assert unwrap(DistributedDataParallel(compiled(module))) is module
    for wrapper in (module, compiled(module), parallel, compiled(parallel)):
        averaged = AveragedModel(wrapper)  # a deep copy
        copy = unwrap(averaged)
        assert type(copy) is nn.Linear
        assert torch.equal(copy.weight, module.weight)
        assert copy.weight is next(averaged.parameters())
        assert unwrap(compiled(averaged)) is copy


def test_a_compiler_among_the_wrappers_is_seen(process_group):
    module = nn.Linear(2, 2)
    for wrapper in (compiled(module), DistributedDataParallel(compiled(module))):
        assert is_compiled(wrapper)
        assert is_compiled(AveragedModel(wrapper))
    assert not is_compiled(DistributedDataParallel(module))
    assert not is_compiled(AveragedModel(module))


def test_it_may_be_asked_inside_a_graph():
    class Asks(nn.Module):
        def __init__(self):
            super().__init__()
            self.part = compiled(nn.Linear(2, 2))

        def forward(self, states):
            inner = unwrap(self.part)
            return states if isinstance(inner, nn.Bilinear) else inner(states)

    asks, states = Asks(), torch.ones(1, 2)
    whole = torch.compile(asks, fullgraph=True, backend="eager")
    assert torch.equal(whole(states), unwrap(asks.part)(states))
