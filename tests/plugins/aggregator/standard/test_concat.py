"""Feature embeddings side by side, mapped to one size."""

import pytest
import torch
from seqrec_aggregator_standard.concat import ConcatAggregator

from seqrec_core.schema import FeatureHint, FeatureType, TensorFeatureInfo, TensorSchema


def embeddings(**sizes):
    torch.manual_seed(0)
    return {name: torch.randn(2, 3, size) for name, size in sizes.items()}


def test_concat_joins_in_the_order_of_names_and_projects():
    tensors = embeddings(b=4, a=2)
    aggregator = ConcatAggregator([4, 2], 5)
    weight, bias = aggregator.projection.weight, aggregator.projection.bias
    expected = torch.cat([tensors["a"], tensors["b"]], -1) @ weight.T + bias
    torch.testing.assert_close(aggregator(tensors), expected)
    assert aggregator.embedding_dim == 5


def test_concat_leaves_a_single_embedding_as_it_is():
    tensors = embeddings(a=4)
    aggregator = ConcatAggregator([4], 4)
    assert torch.equal(aggregator(tensors), tensors["a"])
    assert not list(aggregator.parameters())
    with pytest.raises(ValueError, match="keeps its size: got 4, expected output_embedding_dim 5"):
        ConcatAggregator([4], 5)


def test_concat_refuses_embeddings_that_it_was_not_made_for():
    with pytest.raises(ValueError, match=r"made for 6 numbers in all, got .*2.*3"):
        ConcatAggregator([4, 2], 5)(embeddings(a=2, b=3))


def test_concat_takes_its_sizes_from_the_schema():
    def feature(name, size, hint=None):
        return TensorFeatureInfo(
            name, FeatureType.NUMERICAL, is_seq=True, feature_hint=hint, embedding_dim=size
        )

    time = feature("time", 1, FeatureHint.TIMESTAMP)
    schema = TensorSchema([feature("a", 4), time, feature("b", 2), feature("d", None)])
    aggregator = ConcatAggregator.from_spec(schema, 5, ("a", "b"))
    assert aggregator(embeddings(a=4, b=2)).shape == (2, 3, 5)
    aggregator = ConcatAggregator.from_spec(schema.subset({"a", "b", "time"}), 5)
    assert aggregator(embeddings(a=4, b=2)).shape == (2, 3, 5)
    with pytest.raises(ValueError, match="concat needs each feature's embedding_dim"):
        ConcatAggregator.from_spec(schema, 5, ("a", "d"))


def test_resetting_draws_a_new_projection():
    aggregator = ConcatAggregator([40, 20], 50)
    before = aggregator.projection.weight.clone()
    aggregator.reset_parameters()
    assert not torch.equal(aggregator.projection.weight, before)
    assert aggregator.projection.weight.std().item() == pytest.approx((2 / 110) ** 0.5, rel=0.1)


def test_it_compiles_and_exports():
    aggregator, tensors = ConcatAggregator([4, 4], 4), embeddings(a=4, b=4)
    expected = aggregator(tensors)
    compiled = torch.compile(aggregator, fullgraph=True, backend="aot_eager")
    torch.testing.assert_close(compiled(tensors), expected)
    exported = torch.export.export(aggregator, (tensors,)).module()
    torch.testing.assert_close(exported(tensors), expected)
