"""The sum of feature embeddings."""

import pytest
import torch
from seqrec_aggregator_standard.summed import SumAggregator


def embeddings(**sizes):
    torch.manual_seed(0)
    return {name: torch.randn(2, 3, size) for name, size in sizes.items()}


@pytest.mark.parametrize("names", [["a"], ["a", "b"], ["a", "b", "c"]])
def test_sum_adds_embeddings(names):
    tensors = embeddings(**dict.fromkeys(names, 4))
    before = {name: tensor.clone() for name, tensor in tensors.items()}
    total = SumAggregator(4)(tensors)
    torch.testing.assert_close(total, torch.stack(list(tensors.values())).sum(0))
    assert all(torch.equal(tensors[name], before[name]) for name in names)


@pytest.mark.parametrize("sizes", [{"a": 4, "b": 1}, {"a": 3}, {}])
def test_sum_refuses_other_sizes(sizes):
    with pytest.raises(ValueError, match="sum expects embeddings of size 4, got"):
        SumAggregator(4)(embeddings(**sizes))


def test_a_single_embedding_is_returned_as_it_is():
    tensors = embeddings(a=4)
    assert SumAggregator(4)(tensors) is tensors["a"]


def test_it_compiles_and_exports():
    aggregator, tensors = SumAggregator(4), embeddings(a=4, b=4)
    expected = aggregator(tensors)
    compiled = torch.compile(aggregator, fullgraph=True, backend="aot_eager")
    torch.testing.assert_close(compiled(tensors), expected)
    exported = torch.export.export(aggregator, (tensors,)).module()
    torch.testing.assert_close(exported(tensors), expected)
