"""Linear maps of numbers, and numbers that are their own embedding."""

import pytest
import torch
from seqrec_embedder_sequence.numerical import NumericalEmbedding

from seqrec_core.schema import FeatureType, TensorFeatureInfo

NUM, NUM_LIST = FeatureType.NUMERICAL, FeatureType.NUMERICAL_LIST
PRICES = torch.tensor([[0.0, 2.0], [1.0, -1.0]])


def feature(name, kind, **settings):
    return TensorFeatureInfo(name, kind, **{"is_seq": True, "embedding_dim": 4, **settings})


@pytest.mark.parametrize(
    ("info", "values"),
    [
        (feature("price", NUM), PRICES[..., None]),
        (feature("image", NUM_LIST, tensor_dim=3), torch.arange(12.0).view(2, 2, 3)),
    ],
)
def test_numbers_are_mapped_linearly(info, values):
    torch.manual_seed(0)
    embedder = NumericalEmbedding(info)
    expected = values @ embedder.weight.T + embedder.linear.bias
    torch.testing.assert_close(embedder(values), expected)
    before = embedder.weight.clone()
    embedder.reset_parameters()
    assert not torch.equal(embedder.weight, before)


def test_single_numbers_may_have_a_last_dimension_and_another_dtype():
    embedder = NumericalEmbedding(feature("price", NUM))
    expected = embedder(PRICES)
    assert torch.equal(embedder(PRICES[..., None]), expected)
    assert torch.equal(embedder(PRICES.double()), expected)
    assert torch.equal(embedder(PRICES.long()), expected)
    assert torch.equal(embedder(PRICES[0]), expected[0])


@pytest.mark.parametrize("info", [feature("x", NUM_LIST, tensor_dim=4), feature("x", NUM)])
def test_numbers_of_the_embedding_size_are_their_own_embedding(info):
    size = info.tensor_dim or 1
    embedder = NumericalEmbedding(
        feature("x", info.feature_type, tensor_dim=size, embedding_dim=size)
    )
    embedder.reset_parameters()
    values = torch.randn(2, 3, size)
    assert torch.equal(embedder(values), values)
    assert torch.equal(embedder.weight, torch.eye(size))
    assert not [*embedder.parameters(), *embedder.state_dict()]
