"""Negatives for each group of users, those of `uniform` drawn again and again."""

import math

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from seqrec_head_tying.tying import EmbeddingTyingHead
from seqrec_library_kernels.scorer import ItemScorer
from seqrec_loss_grouped.grouped import GroupedCESampled
from seqrec_sampler_standard.grouped_uniform_sampler import GroupedUniformSampler
from seqrec_sampler_standard.uniform_sampler import UniformSampler

from seqrec_core.contracts import Labels


def seeded():
    return torch.Generator().manual_seed(7)


def batch(users, length=3):
    return {"positive_labels": torch.zeros(users, length, 1, dtype=torch.int64)}


@pytest.mark.parametrize(("users", "size", "groups"), [(5, 2, 3), (4, 2, 2), (3, 9, 1), (3, 1, 3)])
@pytest.mark.parametrize("items", [20, 5000])
@pytest.mark.parametrize("is_weighted", [False, True])
def test_each_group_has_a_draw_of_its_own(users, size, groups, items, is_weighted):
    weights = 1 / torch.arange(1, items + 1) if is_weighted else None
    settings = {"sample_distribution": weights}
    sampler = GroupedUniformSampler(items, 8, size, generator=seeded(), **settings)
    expected = UniformSampler(items, 8, generator=seeded(), **settings)
    for _ in range(2):
        drawn = sampler(batch(users))
        assert torch.equal(drawn, torch.stack([expected(batch(users)) for _ in range(groups)]))
        assert all(len(row.unique()) == 8 for row in drawn)


def test_a_loss_over_groups_is_the_mean_of_the_losses_of_its_batches():
    """Packed or one by one, with logQ."""
    generator = torch.Generator().manual_seed(3)
    table = torch.randn(20, 4, generator=generator)
    hidden = torch.randn(6, 3, 4, generator=generator)
    positives = torch.randint(20, (6, 3, 1), generator=generator)
    scorer = ItemScorer(EmbeddingTyingHead(), lambda ids: table if ids is None else table[ids])

    def loss(chosen, size, generator):
        labels = positives[chosen]
        sampler = GroupedUniformSampler(20, 5, size, generator=generator)
        negatives = sampler({"positive_labels": labels})
        logq = sampler.log_frequency(negatives, {})
        mask = torch.ones_like(labels, dtype=torch.bool)
        labels = Labels(labels, mask, negatives, negative_logq=logq)
        return GroupedCESampled(size, logq="negatives")(hidden[chosen], labels, scorer=scorer)

    packed = loss(slice(0, 6), 2, seeded())
    same = seeded()
    alone = [loss(slice(first, first + 2), 2, same) for first in (0, 2, 4)]
    torch.testing.assert_close(packed, torch.stack(alone).mean())


def test_it_tells_how_often_an_item_is_among_those_of_a_group():
    items = torch.tensor([[0, 19], [20, -100]])
    rate = math.log(5 / 20)
    expected = torch.tensor([[rate, rate], [0, 0]])
    logs = GroupedUniformSampler(20, 5, 2).log_frequency(items, batch(4))
    torch.testing.assert_close(logs, expected)


def test_negatives_stand_where_the_batch_does():
    there = {"positive_labels": torch.zeros(3, 2, 1, device="meta")}
    assert GroupedUniformSampler(9, 4, 2)(there).is_meta


def test_weights_of_a_spec_stand_in_a_file(tmp_path):
    pq.write_table(pa.table({"count": [1, 0, 5, 2]}), tmp_path / "items.parquet")
    sampler = GroupedUniformSampler.from_spec(4, 3, 2, "items.parquet:count", seeded(), tmp_path)
    assert [sorted(row) for row in sampler(batch(3)).tolist()] == [[0, 2, 3]] * 2
    assert len(sampler.generators()) == 1


def test_impossible_numbers_are_errors():
    with pytest.raises(ValueError, match="group_size is 0; a group has at least 1"):
        GroupedUniformSampler(9, 4, 0)
    with pytest.raises(ValueError, match=r"must lie in 1\.\."):
        GroupedUniformSampler(4, 4)
    with pytest.raises(ValueError, match="the batch has no users"):
        GroupedUniformSampler(9, 4)(batch(0))
