"""Negatives for the whole batch."""

import pytest
import torch
from seqrec_transform_negatives.uniform import UniformNegativeSamplingTransform

from seqrec_core.contracts import DrawsNumbers


def printed(batch):
    return " ".join(repr(batch).split())


def test_uniform_prints_the_reference_example():
    _ = torch.manual_seed(0)
    batch = {"item_id": torch.LongTensor([[1, 0, 4]])}
    output = UniformNegativeSamplingTransform(cardinality=4, num_negative_samples=2)(batch)
    assert printed(output) == (
        "{'item_id': tensor([[1, 0, 4]]), 'negative_labels': tensor([2, 1])}"
    )
    assert list(batch) == ["item_id"]


def test_small_catalogues_and_large_shares_draw_as_multinomial_does():
    for cardinality, count in [(4096, 10), (6000, 1501)]:
        transform = UniformNegativeSamplingTransform(
            cardinality, count, generator=torch.Generator().manual_seed(5)
        )
        expected = torch.multinomial(
            torch.ones(cardinality), count, generator=torch.Generator().manual_seed(5)
        )
        assert torch.equal(transform({"x": torch.zeros(1)})["negative_labels"], expected)


def test_the_fast_path_draws_distinct_items_of_the_right_range():
    batch = {"x": torch.zeros(1)}
    generator = torch.Generator().manual_seed(2)
    skewed = 1 / torch.arange(1, 50_001.0)
    for distribution in (None, skewed):
        transform = UniformNegativeSamplingTransform(
            50_000, 1000, sample_distribution=distribution, generator=generator
        )
        drawn = transform(batch)["negative_labels"]
        assert len(drawn.unique()) == 1000
        assert drawn.dtype == torch.int64
        assert drawn.min() >= 0
        assert drawn.max() < 50_000


def test_a_weight_of_zero_is_never_drawn():
    weights = torch.ones(10_000)
    weights[::2] = 0
    transform = UniformNegativeSamplingTransform(
        10_000, 2000, sample_distribution=weights, generator=torch.Generator().manual_seed(0)
    )
    for _ in range(5):
        assert (transform({})["negative_labels"] % 2 == 1).all()


def test_catalogues_beyond_the_limit_of_multinomial_work():
    cardinality = 2**24 + 10
    generator = torch.Generator().manual_seed(0)
    transform = UniformNegativeSamplingTransform(cardinality, 500, generator=generator)
    assert len(transform({})["negative_labels"].unique()) == 500


def test_impossible_requests_are_errors():
    with pytest.raises(ValueError, match=r"must lie in 1\.\.3"):
        UniformNegativeSamplingTransform(4, 4)
    with pytest.raises(ValueError, match="one weight for each of the 4 items"):
        UniformNegativeSamplingTransform(4, 2, sample_distribution=torch.ones(5))
    with pytest.raises(ValueError, match="1 items above 0"):
        UniformNegativeSamplingTransform(4, 2, sample_distribution=torch.tensor([0, 0, 0, 1.0]))
    with pytest.raises(ValueError, match="not negative"):
        UniformNegativeSamplingTransform(4, 2, sample_distribution=torch.tensor([1, 1, 1, -1.0]))


def test_the_generator_that_it_draws_from_is_named():
    generator = torch.Generator()
    transform = UniformNegativeSamplingTransform(9, 2, generator=generator)
    assert isinstance(transform, DrawsNumbers)
    assert list(transform.generators()) == [generator]
    assert not UniformNegativeSamplingTransform(9, 2).generators()
