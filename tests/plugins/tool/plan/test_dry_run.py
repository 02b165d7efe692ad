import pytest
import torch
from seqrec_tool_plan.dry_run import DryRun
from torch import nn

from seqrec_core.errors import SeqrecError

MB = 2**20
FLOAT = 4


def test_floats_take_no_memory_and_are_counted():
    with DryRun() as run:
        table = torch.zeros(2**40, 64)
        assert run.live == 2**40 * 64 * FLOAT
        assert table.device.type == "cpu"
        del table
        assert run.live == 0
    assert run.peak == 2**40 * 64 * FLOAT


def test_views_and_in_place_operations_take_nothing_more():
    with DryRun() as run:
        table = torch.zeros(MB)
        table.view(2, -1).add_(1)[0].mul_(2)
        assert run.peak == MB * FLOAT


def test_a_peak_counts_what_is_alive_together():
    with DryRun() as run:
        run.phase = "sum"
        total = torch.zeros(100)
        for _ in range(5):
            total += torch.ones(100)
        assert run.peak == 2 * 100 * FLOAT
    assert run.peak_phase == "sum"


def test_integers_are_computed_so_that_shapes_are_the_true_ones():
    with DryRun():
        mask = torch.tensor([True, False, True, True])
        states = torch.randn(4, 3)
        assert states[mask].shape == (3, 3)
        assert states[mask.nonzero().squeeze(1)].shape == (3, 3)
        assert torch.unique(torch.tensor([3, 3, 5])).tolist() == [3, 5]


def test_of_imagined_values_the_worst_is_assumed():
    with DryRun():
        values = torch.randn(5, 2)
        assert (values > 0).nonzero().shape == (10, 2)
        assert values[values[:, 0] > 0].shape == (5, 2)
        assert int((values > 0).sum()) == 1
        with pytest.raises(SeqrecError, match="depend on the values of aten"):
            torch.unique(values)


def test_gradients_that_autograd_adds_up_take_no_third_table():
    with DryRun() as run:
        table = torch.randn(MB, requires_grad=True)
        loss = (table * 2).sum() + (table * 3).sum()
        run.restart()
        loss.backward()
        assert run.peak == pytest.approx(3 * MB * FLOAT, rel=0.01)  # the table, two gradients


def test_matrix_products_are_counted_in_place_too():
    with DryRun() as run:
        left, right, total = torch.randn(2, 3), torch.randn(3, 5), torch.zeros(2, 5)
        left @ right
        total.addmm_(left, right)
        assert run.flops == 2 * (2 * 2 * 3 * 5)


def test_a_backward_pass_is_counted():
    with DryRun() as run:
        layer, x = nn.Linear(100, 100, bias=False), torch.randn(10, 100)
        before = run.live
        layer(x).sum().backward()
        assert run.live - before == 100 * 100 * FLOAT  # the gradient
        assert run.flops == 2 * (2 * 10 * 100 * 100)  # forward, and the gradient of the weight


def test_tensors_from_outside_count_from_when_they_are_taken():
    with DryRun() as run:
        batch = run.take({"item_id": torch.arange(10), "price": torch.ones(10)})
        assert run.live == 10 * 8 + 10 * FLOAT
        assert batch["item_id"].tolist() == list(range(10))
        del batch
        assert run.live == 0


def test_the_largest_tensor_is_remembered_with_its_phase():
    with DryRun() as run:
        run.phase = "small"
        torch.zeros(10)
        run.phase = "large"
        torch.zeros(3, 100, dtype=torch.float64)
        run.phase = "after"
        torch.zeros(20)
    largest = run.largest
    assert (largest.shape, largest.dtype, largest.phase) == ((3, 100), "float64", "large")
    assert largest.nbytes == 3 * 100 * 8
