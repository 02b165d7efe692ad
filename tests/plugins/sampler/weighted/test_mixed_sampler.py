"""Several samplers at once: their draws stand together, their frequencies add up."""

import pytest
import torch
from seqrec_sampler_standard.grouped_uniform_sampler import GroupedUniformSampler
from seqrec_sampler_standard.uniform_sampler import UniformSampler
from seqrec_sampler_weighted.in_batch_sampler import InBatchSampler
from seqrec_sampler_weighted.mixed_sampler import MixedSampler
from seqrec_sampler_weighted.popularity_sampler import PopularitySampler

V = 40
COUNTS = 1.0 + torch.arange(V)
LABELS = torch.arange(12).view(3, 4, 1)
BATCH = {"positive_labels": LABELS, "target_padding_mask": LABELS < 9}


def seeded(seed=7):
    return torch.Generator().manual_seed(seed)


class OfPositions:
    """Three items a position, and it does not say how often."""

    def forward(self, batch):
        return batch["positive_labels"].expand(-1, -1, 3) + torch.arange(1, 4)

    __call__ = forward


def test_draws_of_the_batch_stand_one_after_the_other():
    drawn = MixedSampler(V, [InBatchSampler(), UniformSampler(V, 5, generator=seeded())])(BATCH)
    assert drawn.shape == (14,)
    assert drawn[:9].tolist() == list(range(9))
    assert torch.equal(drawn[9:], UniformSampler(V, 5, generator=seeded())(BATCH))


def test_what_a_user_or_a_position_has_of_its_own_stands_beside_what_all_have():
    users = PopularitySampler(COUNTS, 6, per_user=True, generator=seeded())
    mixed = MixedSampler(V, [UniformSampler(V, 5, generator=seeded()), users])
    drawn = mixed(BATCH)
    assert drawn.shape == (3, 11)
    assert (drawn[:, :5] == drawn[0, :5]).all()
    whole = MixedSampler(V, [mixed, OfPositions()])(BATCH)
    assert whole.shape == (3, 4, 14)
    assert (whole[:, :, :11] == whole[:, :1, :11]).all()
    assert torch.equal(whole[..., 11:], OfPositions()(BATCH))


def test_expected_numbers_add_up():
    parts = [
        UniformSampler(V, 5),
        PopularitySampler(COUNTS, 7),
        InBatchSampler(counts=COUNTS),
    ]
    items = torch.tensor([[0, 39, 40], [-100, 7, 8]])
    total = sum(part.log_frequency(items, BATCH).exp() for part in parts)
    is_item = (items >= 0) & (items < V)
    actual = MixedSampler(V, parts).log_frequency(items, BATCH)
    torch.testing.assert_close(actual.exp(), total.where(is_item, 1.0))


def test_one_part_that_cannot_tell_is_enough_not_to_know():
    known = PopularitySampler(COUNTS, 7)
    assert MixedSampler(V, [known, InBatchSampler()]).log_frequency(LABELS, BATCH) is None
    assert MixedSampler(V, [OfPositions(), known]).log_frequency(LABELS, BATCH) is None


def test_parts_of_one_kind_draw_numbers_of_their_own():
    def parts():
        return [UniformSampler(V, 5, generator=seeded()) for _ in range(2)]

    assert torch.equal(*MixedSampler(V, parts())(BATCH).chunk(2))
    mixed = MixedSampler.from_spec(V, parts(), seeded())
    drawn = mixed(BATCH)
    assert not torch.equal(*drawn.chunk(2))
    assert torch.equal(MixedSampler.from_spec(V, parts(), seeded())(BATCH), drawn)
    assert not torch.equal(MixedSampler.from_spec(V, parts(), seeded(8))(BATCH), drawn)
    assert len(mixed.generators()) == 2


def test_sets_of_groups_and_sets_of_users_do_not_mix():
    users = PopularitySampler(COUNTS, 6, per_user=True, generator=seeded())
    groups = GroupedUniformSampler(V, 5, group_size=2, generator=seeded())
    with pytest.raises(ValueError, match=r"GroupedUniformSampler draws sets \(2,\).*\(3,\)"):
        MixedSampler(V, [users, groups])(BATCH)
