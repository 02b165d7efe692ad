"""The watch over memory sees the largest tensor, in backward too, and behind views."""

import torch
from seqrec_tool_conformance.memory import LargestTensor


def test_it_sees_the_largest_tensor_that_an_operation_makes():
    with LargestTensor() as largest:
        torch.ones(3, 4).sum()
    assert largest.elements == 12


def test_a_view_counts_as_what_it_is_a_view_of():
    whole = torch.ones(100)
    with LargestTensor() as largest:
        whole[:2]
    assert largest.elements == 100


def test_tensors_of_backward_count():
    rows, columns = torch.ones(5, 1, requires_grad=True), torch.ones(1, 7)
    product = rows * columns
    loss = product.sum()
    with LargestTensor() as largest:
        loss.backward()
    assert largest.elements == 35


def test_several_results_of_one_operation_count_each():
    with LargestTensor() as largest:
        torch.ones(2, 6).max(1)
    assert largest.elements == 12
