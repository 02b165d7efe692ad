"""Negatives for the whole batch, the same numbers as those of the transform."""

import math

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from seqrec_sampler_standard.uniform_sampler import UniformSampler
from seqrec_transform_negatives.uniform import UniformNegativeSamplingTransform

from seqrec_core.contracts import DrawsNumbers, SamplerProto

BATCH = {"positive_labels": torch.zeros(2, 3, 1, dtype=torch.int64)}


def seeded():
    return torch.Generator().manual_seed(7)


@pytest.mark.parametrize(("items", "count"), [(20, 5), (4096, 100), (5000, 100), (6000, 2000)])
@pytest.mark.parametrize("is_weighted", [False, True])
def test_a_seed_draws_what_it_draws_in_the_transform(items, count, is_weighted):
    weights = 1 / torch.arange(1, items + 1) if is_weighted else None
    settings = {"sample_distribution": weights}
    sampler = UniformSampler(items, count, generator=seeded(), **settings)
    transform = UniformNegativeSamplingTransform(items, count, generator=seeded(), **settings)
    for _ in range(3):
        assert torch.equal(sampler(BATCH), transform(BATCH)["negative_labels"])


@pytest.mark.parametrize(("items", "count"), [(2, 1), (12, 11), (100, 99), (101, 100), (5000, 100)])
def test_a_hundred_are_drawn_by_default_or_all_items_but_one(items, count):
    drawn = UniformSampler(items)(BATCH)
    assert drawn.shape == (count,)
    assert len(drawn.unique()) == count


def test_negatives_stand_where_the_batch_does():
    assert UniformSampler(9)({"positive_labels": torch.zeros(1, device="meta")}).is_meta


def test_weights_of_a_spec_stand_in_a_file(tmp_path):
    pq.write_table(pa.table({"count": [1, 0, 5, 2]}), tmp_path / "items.parquet")
    sampler = UniformSampler.from_spec(4, 3, "items.parquet:count", seeded(), tmp_path)
    assert sorted(sampler(BATCH).tolist()) == [0, 2, 3]
    with pytest.raises(ValueError, match="no column 'weight'"):
        UniformSampler.from_spec(4, 3, "items.parquet:weight", None, tmp_path)


def test_impossible_numbers_are_errors():
    for items, count in ((4, 4), (4, 0), (1, None)):
        with pytest.raises(ValueError, match=r"must lie in 1\.\."):
            UniformSampler(items, count)


def test_it_tells_how_often_an_item_is_among_distinct_ones():
    items = torch.tensor([[0, 19, 20], [-100, 5, 6]])
    rate = math.log(5 / 20)
    expected = torch.tensor([[rate, rate, 0], [0, rate, rate]])
    torch.testing.assert_close(UniformSampler(20, 5).log_frequency(items, BATCH), expected)


def test_weights_tell_how_often_only_where_they_are_alike():
    def logs(*weights):
        sampler = UniformSampler(4, 2, sample_distribution=torch.tensor(weights))
        return sampler.log_frequency(torch.tensor([0, 1, 4]), BATCH)

    assert logs(3.0, 0.0, 3.0, 3.0).tolist() == pytest.approx([math.log(2 / 3), -math.inf, 0])
    assert logs(3.0, 0.0, 3.0, 2.0) is None


def test_it_is_a_sampler_that_names_its_generator():
    generator = seeded()
    sampler = UniformSampler(9, generator=generator)
    assert isinstance(sampler, SamplerProto)
    assert isinstance(sampler, DrawsNumbers)
    assert list(sampler.generators()) == [generator]
    assert not UniformSampler(9).generators()
