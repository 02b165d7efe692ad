"""Items come as often as a power of their counts says, and the sampler says how often that is."""

import math
import time

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from seqrec_library_kernels.draw_frequency import KnowsFrequency
from seqrec_sampler_weighted.popularity_sampler import PopularitySampler

from seqrec_core.contracts import DrawsNumbers, SamplerProto

COUNTS = torch.tensor([50, 0, 3, 200, 1, 0, 17])
BATCH = {"positive_labels": torch.zeros(3, 2, 1, dtype=torch.int64)}


def seeded(seed=7):
    return torch.Generator().manual_seed(seed)


def probabilities(alpha, smoothing):
    weights = [
        (count + smoothing) ** alpha if count + smoothing else 0 for count in COUNTS.tolist()
    ]
    return [weight / sum(weights) for weight in weights]


@pytest.mark.parametrize("alpha", [0.0, 0.75, 1.0])
@pytest.mark.parametrize("smoothing", [0.0, 2.0])
@pytest.mark.parametrize("per_user", [False, True])
def test_items_come_as_often_as_the_power_of_their_counts(alpha, smoothing, per_user):
    settings = {"alpha": alpha, "smoothing": smoothing, "per_user": per_user}
    sampler = PopularitySampler(COUNTS, 20_000, generator=seeded(), **settings)
    drawn = sampler(BATCH)
    assert drawn.shape == ((3, 20_000) if per_user else (20_000,))
    frequency = torch.bincount(drawn.flatten(), minlength=7).double()
    expected = drawn.numel() * torch.tensor(probabilities(alpha, smoothing)).double()
    assert (frequency[expected == 0] == 0).all()
    there = expected > 0
    statistic = ((frequency - expected)[there] ** 2 / expected[there]).sum()
    freedom = int(there.sum()) - 1
    assert statistic < freedom + 5 * math.sqrt(2 * freedom)


def test_users_have_draws_of_their_own():
    drawn = PopularitySampler(COUNTS, 50, per_user=True, generator=seeded())(BATCH)
    assert not torch.equal(drawn[0], drawn[1])


@pytest.mark.parametrize(("alpha", "smoothing"), [(0.75, 0.0), (0.0, 0.0), (1.0, 1.0)])
def test_it_tells_the_expected_number_of_each_item(alpha, smoothing):
    sampler = PopularitySampler(COUNTS, 8, alpha=alpha, smoothing=smoothing)
    chances = probabilities(alpha, smoothing)
    items = torch.tensor([[0, 1, 2, 3], [4, 5, 6, 7], [-100, 0, 0, -1]])
    logs = [math.log(8 * chance) if chance else -math.inf for chance in chances]
    expected = [[*logs[:4]], [*logs[4:], 0], [0, logs[0], logs[0], 0]]
    torch.testing.assert_close(sampler.log_frequency(items, {}), torch.tensor(expected))


def test_counts_of_a_spec_stand_in_a_file(tmp_path):
    pq.write_table(pa.table({"count": COUNTS.tolist()}), tmp_path / "items.parquet")
    place = (7, 5, 0.75, "items.parquet:count", 0.0, False, seeded(), tmp_path)
    other = PopularitySampler(COUNTS, 5, generator=seeded())
    assert torch.equal(PopularitySampler.from_spec(*place)(BATCH), other(BATCH))
    with pytest.raises(ValueError, match="has 7 rows, and there are 9 items"):
        PopularitySampler.from_spec(9, *place[1:])


def test_a_state_of_its_generator_gives_the_same_draws_again():
    generator = seeded()
    sampler = PopularitySampler(COUNTS, 9, generator=generator)
    state = generator.get_state()
    first = sampler(BATCH)
    assert not torch.equal(sampler(BATCH), first)
    generator.set_state(state)
    assert torch.equal(sampler(BATCH), first)
    assert isinstance(sampler, SamplerProto)
    assert isinstance(sampler, DrawsNumbers)
    assert isinstance(sampler, KnowsFrequency)
    assert list(sampler.generators()) == [generator]
    assert not PopularitySampler(COUNTS).generators()


def test_a_draw_does_not_pass_over_the_catalogue():
    """It is a binary search: of a thousand times as many items it takes nearly as long."""

    def seconds(items):
        sampler = PopularitySampler(1 + torch.arange(items), 256, generator=seeded())
        best = math.inf
        for _ in range(30):
            start = time.perf_counter()
            sampler(BATCH)
            best = min(best, time.perf_counter() - start)
        return best

    assert seconds(1_000_000) < 30 * seconds(1000)
