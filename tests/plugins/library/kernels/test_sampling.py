"""Distinct draws have the distribution of drawing one after the other."""

import itertools
import math

import pytest
import torch
from seqrec_library_kernels.sampling import (
    IndependentDraws,
    WeightedSampler,
    by_multinomial,
    distinct_uniform,
)


def successive_probability(weights, order):
    """P(order) when each draw goes by the weights that remain."""
    left, probability = sum(weights), 1.0
    for item in order:
        probability *= weights[item] / left
        left -= weights[item]
    return probability


def assert_successive(weights, samples):
    """Chi-square of the ordered samples, against 5 standard deviations."""
    total, count = samples.shape
    orders = list(itertools.permutations(range(len(weights)), count))
    codes = (samples * torch.tensor([len(weights) ** i for i in range(count)])).sum(1)
    statistic = 0.0
    for order in orders:
        code = sum(item * len(weights) ** i for i, item in enumerate(order))
        expected = total * successive_probability(weights, order)
        statistic += (int((codes == code).sum()) - expected) ** 2 / expected
    freedom = len(orders) - 1
    assert statistic < freedom + 5 * math.sqrt(2 * freedom)


def test_distinct_uniform_draws_have_the_distribution_of_successive_sampling():
    generator = torch.Generator().manual_seed(0)
    samples = torch.stack([distinct_uniform(4, 2, generator) for _ in range(6000)])
    assert_successive([1.0] * 4, samples)


@pytest.mark.parametrize(
    ("weights", "num_rows"),
    [
        ([1.0, 2.0, 3.0, 4.0], 20_000),
        ([1.0, 1.0, 1.0, 0.5], 20_000),
        ([5000.0, 1.0, 2.0, 3.0], 4000),
    ],
    ids=["mixed", "flat", "so skewed that clocks complete it"],
)
def test_weighted_draws_have_the_distribution_of_successive_sampling(weights, num_rows):
    sampler = WeightedSampler(torch.tensor([weights]), 3)
    rows = torch.zeros(num_rows, dtype=torch.int64)
    generator = torch.Generator().manual_seed(0)
    assert_successive(weights, sampler.sample(rows, generator))


def test_weighted_rows_draw_from_their_own_weights():
    weights = torch.tensor([[0, 3.0, 0, 1, 2, 0], [1, 0, 7, 0, 0, 2.0]])
    sampler = WeightedSampler(weights, 2)
    rows = torch.arange(2).repeat(8000)
    samples = sampler.sample(rows, torch.Generator().manual_seed(1))
    for row in range(2):
        members = weights[row].nonzero()[:, 0]
        positions = torch.searchsorted(members, samples[rows == row])
        assert torch.equal(members[positions], samples[rows == row])
        assert_successive(weights[row][members].tolist(), positions)


def test_many_of_more_items_than_multinomial_takes_come_from_clocks(monkeypatch):
    monkeypatch.setattr("seqrec_library_kernels.sampling._MULTINOMIAL_LIMIT", 3)
    weights = torch.tensor([1.0, 2.0, 3.0, 4.0]).expand(20_000, 4)
    generator = torch.Generator().manual_seed(0)
    assert_successive([1.0, 2.0, 3.0, 4.0], by_multinomial(weights, 2, generator))


def test_independent_draws_take_items_as_often_as_their_weights_say():
    weights = torch.tensor([0.0, 3.0, 1.0, 0.0, 6.0, 0.0])
    samples = IndependentDraws(weights).sample((200, 100), torch.Generator().manual_seed(0))
    frequency = torch.bincount(samples.flatten(), minlength=6)
    expected = 20_000 * weights / weights.sum()
    assert (frequency[weights == 0] == 0).all()
    statistic = ((frequency - expected) ** 2 / expected)[weights > 0].sum()
    assert statistic < 2 + 5 * math.sqrt(4)


@pytest.mark.parametrize("many", [2.0**24, 1e9, 1 / 3])
def test_independent_draws_reach_the_rarest_and_the_last_item(monkeypatch, many):
    """In double precision: in single, the second item is lost beside the first."""
    weights = torch.tensor([many, 1.0, 1.0, 0.0])
    total = weights.double().sum()
    places = torch.stack([total * 0, total - 1.5, total - 0.5])
    keys = torch.cat([places / total, torch.tensor([1 - 2.0**-53], dtype=torch.double)])
    monkeypatch.setattr(torch, "rand", lambda _, generator, dtype: keys.to(dtype))
    assert IndependentDraws(weights).sample((4,), None).tolist() == [0, 1, 2, 2]
