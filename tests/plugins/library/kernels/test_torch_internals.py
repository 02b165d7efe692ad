"""What seqrec uses of torch's inside: each does what is said of it."""

import pytest
import torch
from seqrec_library_kernels import torch_internals
from seqrec_library_kernels.torch_internals import (
    NUMBER_OF,
    DataDependentOutputException,
    DynamicOutputShapeException,
    FakeTensor,
    FakeTensorMode,
    RowSparse,
    TorchDispatchMode,
    flop_formula,
    leave_out_of_replicas,
    native_cross_entropy,
    storage_key,
    tree_leaves,
    tree_map_only,
    uncompiled,
    writes_to,
)
from torch import distributed, nn
from torch.nn.parallel import DistributedDataParallel


class Seen(TorchDispatchMode):
    """Keeps the operations that it sees, with what they return."""

    def __init__(self) -> None:
        super().__init__()
        self.operations: list = []

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        result = func(*args, **(kwargs or {}))
        self.operations.append((func, args, result))
        return result


def test_every_name_is_there():
    assert all(hasattr(torch_internals, name) for name in torch_internals.__all__)


def test_operations_are_seen_those_of_backward_too():
    table = torch.ones(3, requires_grad=True)
    with Seen() as seen:
        (table * 2).sum().backward()
    shapes = [result.shape for _, _, result in seen.operations]
    assert torch.Size([3]) in shapes
    assert torch.Size([]) in shapes
    assert len(shapes) > 2  # backward has some


def test_the_operation_that_reads_a_number_is_the_one_that_is_named():
    tensor = torch.tensor([2])
    with Seen() as seen:
        assert int(tensor[0]) == 2
    assert seen.operations[-1][0] is NUMBER_OF


def test_imagined_tensors_have_shapes_and_no_values():
    with FakeTensorMode() as imagination:
        table = torch.zeros(2**40, 64)
        assert isinstance(table, FakeTensor)
        assert (table @ table[:5].T).shape == (2**40, 5)
        with pytest.raises(DataDependentOutputException):
            torch.ops.aten._local_scalar_dense.default(table[0, 0])
        with pytest.raises(DynamicOutputShapeException):
            torch.ops.aten.nonzero.default(table)
    assert imagination.from_tensor(torch.ones(3)).shape == (3,)


def test_tensors_in_nested_arguments_are_reached():
    one, two = torch.tensor(1), torch.tensor(2)
    nested = (one, {"more": [two, "text"]})
    leaves = tree_leaves(nested)
    assert leaves[0] is one
    assert leaves[1:] == [two, "text"]
    mapped = tree_map_only(torch.Tensor, lambda tensor: tensor + 1, nested)
    assert mapped == (torch.tensor(2), {"more": [torch.tensor(3), "text"]})


def test_the_chunked_loss_of_torch_is_there_or_said_to_be_missing():
    there = hasattr(torch.nn.functional, "linear_cross_entropy")
    assert (native_cross_entropy is not None) == there


def test_a_module_is_seen_beneath_its_compiler():
    module = torch.nn.Linear(2, 2)
    assert uncompiled(torch.compile(module, backend="eager")) is module
    assert uncompiled(module) is module


def test_many_tensors_are_measured_and_multiplied_at_once():
    tensors = [torch.tensor([3.0, 4.0]), torch.tensor([[12.0]])]
    assert torch_internals.norms(tensors).tolist() == [5.0, 12.0]
    torch_internals.multiply(tensors, torch.tensor(0.5))
    assert [tensor.tolist() for tensor in tensors] == [[1.5, 2.0], [[6.0]]]


def test_writes_in_place_are_counted():
    table = torch.zeros(3)
    before = writes_to(table)
    view = table[:2]
    assert writes_to(table) == before
    view.add_(1)
    table.mul_(2)
    assert writes_to(table) == before + 2
    with torch.inference_mode():
        untracked = torch.zeros(3)
    with pytest.raises(RuntimeError, match="version counter"):
        writes_to(untracked)


@pytest.mark.parametrize("bags", [False, True])
def test_rows_of_sparse_gradients_are_made_asked_for_and_merged_by_these_operations(bags):
    table = (torch.nn.EmbeddingBag if bags else torch.nn.Embedding)(10, 2, sparse=True)
    ids = torch.tensor([[4, 4, 7]])
    with Seen() as seen:
        table(ids).sum().backward()
    operations = [operation for operation, *_ in seen.operations]
    assert (RowSparse.of_bags if bags else RowSparse.make) in operations
    gradient = table.weight.grad
    if not bags:
        [arguments] = [args for each, args, _ in seen.operations if each is RowSparse.make]
        assert arguments[3].tolist() == ids.tolist()
    assert RowSparse.indices[0](gradient).tolist() == ids.tolist()
    assert RowSparse.count(gradient) == len(RowSparse.values[0](gradient)) == 3
    assert not RowSparse.is_merged(gradient)
    merged = RowSparse.merge(gradient)
    assert RowSparse.is_merged(merged)
    assert RowSparse.indices[1](merged).tolist() == [[4, 7]]
    assert RowSparse.values[1](merged).shape == (2, 2)


@pytest.mark.parametrize("imagined", [False, True])
def test_views_have_the_storage_key_of_their_base_and_copies_have_not(imagined):
    tensor = torch.zeros(4, 4)
    if imagined:
        tensor = FakeTensorMode().from_tensor(tensor)
    copy = tensor.clone()
    assert storage_key(tensor[1:].T) == storage_key(tensor)
    assert storage_key(copy) != storage_key(tensor)


@pytest.mark.parametrize("in_place", [False, True])
def test_matrix_products_have_a_formula_in_place_too(in_place):
    left, right, total = torch.ones(2, 3), torch.ones(3, 5), torch.zeros(2, 5)
    with Seen() as seen:
        (total.addmm_ if in_place else total.addmm)(left, right)
    [(operation, arguments, result)] = seen.operations
    formula = flop_formula(operation)
    assert formula is not None
    assert formula(*arguments, out_val=result) == 2 * 2 * 3 * 5


def test_operations_that_nobody_counts_have_no_formula():
    assert flop_formula(torch.ops.aten.add.Tensor) is None
    assert flop_formula(torch.ops.aten.add_.Tensor) is None


def test_replicas_send_no_gradients_of_what_is_left_out(tmp_path):
    place, sent = f"file://{tmp_path / 'meeting'}", []

    def hook(state, bucket):
        sent.extend(tuple(each.shape) for each in bucket.gradients())
        future = torch.futures.Future()
        future.set_result(bucket.buffer())
        return future

    distributed.init_process_group("gloo", place, rank=0, world_size=1)
    try:
        module = nn.Sequential(nn.Linear(3, 2))
        leave_out_of_replicas(module, ["0.weight"])
        replica = DistributedDataParallel(module)
        replica.register_comm_hook(None, hook)
        replica(torch.ones(1, 3)).sum().backward()
    finally:
        distributed.destroy_process_group()
    assert sent == [(2,)]
    assert module[0].weight.grad.tolist() == [[1, 1, 1]] * 2
