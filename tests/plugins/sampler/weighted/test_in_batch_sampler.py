"""The targets of a batch as negatives, and how often an item is expected among them."""

import math

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from seqrec_sampler_weighted.in_batch_sampler import InBatchSampler

from seqrec_core.contracts import DrawsNumbers, SamplerProto

LABELS = torch.tensor([[[3, 9], [5, 5]], [[3, 0], [1, 2]]])
MASK = torch.tensor([[[1, 0], [1, 1]], [[1, 0], [0, 0]]]).bool()
BATCH = {"positive_labels": LABELS, "target_padding_mask": MASK}
COUNTS = torch.tensor([4.0, 0, 1, 10, 3, 2])


def seeded():
    return torch.Generator().manual_seed(7)


def test_all_targets_are_negatives_each_as_often_as_it_is_there():
    assert InBatchSampler()(BATCH).tolist() == [3, 5, 5, 3]
    assert InBatchSampler(9)(BATCH).tolist() == [3, 5, 5, 3]


def test_some_of_the_targets_are_drawn_without_replacement():
    labels = torch.arange(60).view(6, 10, 1)
    batch = {"positive_labels": labels, "target_padding_mask": labels < 50}
    sampler = InBatchSampler(20, generator=seeded())
    drawn = [sampler(batch) for _ in range(500)]
    assert all(len(items.unique()) == 20 for items in drawn)
    frequency = torch.bincount(torch.cat(drawn), minlength=60)
    assert (frequency[50:] == 0).all()
    assert (frequency[:50] / 500 - 20 / 50).abs().max() < 5 * math.sqrt(0.4 * 0.6 / 500)


def test_a_batch_without_targets_gives_an_item_that_nobody_is_compared_with():
    none = {**BATCH, "target_padding_mask": torch.zeros_like(MASK)}
    assert InBatchSampler(counts=COUNTS)(none).tolist() == [0]
    assert InBatchSampler(counts=COUNTS).log_frequency(LABELS, none).isfinite().all()


@pytest.mark.parametrize("count", [None, 7])
def test_it_tells_how_often_an_item_is_among_the_targets_of_other_positions(count):
    """Of a position whose target is not that item, over batches whose targets follow the counts."""
    generator, targets, batches = seeded(), 12, 3000
    sampler = InBatchSampler(count, counts=COUNTS, generator=generator)
    seen, chances = torch.zeros(6), torch.zeros(6)
    for _ in range(batches):
        items = torch.multinomial(COUNTS, targets, replacement=True, generator=generator)
        batch = {"positive_labels": items.view(3, 4, 1)}
        batch["target_padding_mask"] = torch.ones_like(batch["positive_labels"]).bool()
        among = torch.bincount(sampler(batch), minlength=6)
        others = targets - torch.bincount(items, minlength=6)  # positions with another target
        seen += others * among
        chances += others
    expected = sampler.log_frequency(torch.arange(6), batch).exp()
    error = 5 * (expected / batches).sqrt() + 0.01
    there = COUNTS > 0
    assert ((seen / chances - expected).abs() < error)[there].all()


def test_ids_that_are_no_items_get_none_and_unknown_items_that_of_the_rarest():
    logs = InBatchSampler(counts=COUNTS).log_frequency(torch.tensor([-100, 6, 1, 2]), BATCH)
    assert logs.tolist() == pytest.approx([0, 0, math.log(3 / 20), math.log(3 / 20)])


def test_without_counts_it_cannot_tell(tmp_path):
    assert InBatchSampler().log_frequency(LABELS, BATCH) is None
    assert InBatchSampler.from_spec(6, None, None, None, None).log_frequency(LABELS, BATCH) is None
    pq.write_table(pa.table({"count": COUNTS.tolist()}), tmp_path / "items.parquet")
    place = ("items.parquet:count", None, tmp_path)
    sampler = InBatchSampler.from_spec(6, None, *place)
    assert sampler.log_frequency(LABELS, BATCH).shape == LABELS.shape
    with pytest.raises(ValueError, match="has 6 rows, and there are 5 items"):
        InBatchSampler.from_spec(5, None, *place)


def test_it_is_a_sampler_that_names_its_generator():
    generator = seeded()
    sampler = InBatchSampler(2, generator=generator)
    assert isinstance(sampler, SamplerProto)
    assert isinstance(sampler, DrawsNumbers)
    assert list(sampler.generators()) == [generator]
    assert not InBatchSampler().generators()
