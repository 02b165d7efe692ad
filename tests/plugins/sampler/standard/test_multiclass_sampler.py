"""Negatives of a class that each row names, the same numbers as those of the transform."""

import math

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from seqrec_sampler_standard.multiclass_sampler import MultiClassSampler
from seqrec_transform_negatives.multiclass import MultiClassNegativeSamplingTransform

from seqrec_core.contracts import DrawsNumbers, SamplerProto


def seeded():
    return torch.Generator().manual_seed(7)


@pytest.mark.parametrize("items", [600, 12_000])
def test_a_seed_draws_what_it_draws_in_the_transform(items):
    mask = torch.nn.functional.one_hot(torch.arange(items) % 3).T
    sampler = MultiClassSampler(50, mask, generator=seeded())
    transform = MultiClassNegativeSamplingTransform(50, mask, generator=seeded())
    batch = {"negative_selector": torch.tensor([2, 0, 2])}
    for _ in range(3):
        assert torch.equal(sampler(batch), transform(batch)["negative_labels"])


def test_classes_of_a_spec_stand_in_a_file(tmp_path):
    pq.write_table(pa.table({"tags": [[0], [], [0, 1], [1]]}), tmp_path / "items.parquet")
    place = (4, 2, "items.parquet:tags", "cls", None, tmp_path)
    drawn = MultiClassSampler.from_spec(*place)({"cls": torch.tensor([0, 1])})
    assert drawn.sort(1).values.tolist() == [[0, 2], [2, 3]]
    with pytest.raises(ValueError, match="has 4 rows, and there are 5 items"):
        MultiClassSampler.from_spec(5, *place[1:])


def test_the_class_may_stand_in_a_group_of_the_batch():
    mask = torch.nn.functional.one_hot(torch.arange(60) % 3).T
    classes = torch.tensor([2, 0, 2])
    group = {"labels": torch.zeros(3, 4), "feature_tensors": {"negative_selector": classes}}
    drawn = MultiClassSampler(5, mask)(group)
    assert (drawn % 3 == classes[:, None]).all()
    with pytest.raises(ValueError, match=r"no column 'negative_selector' .* labels, feature_tens"):
        MultiClassSampler(5, mask)({**group, "feature_tensors": {}})


def test_a_class_of_each_event_is_refused_with_the_remedy():
    sampler = MultiClassSampler(2, torch.ones(3, 9))
    with pytest.raises(ValueError, match=r"has shape \(2, 4\); .* as negative_selector_name"):
        sampler({"negative_selector": torch.zeros(2, 4, dtype=torch.int64)})


def test_it_tells_how_often_an_item_is_drawn_for_each_row():
    mask = torch.tensor([[1, 1, 1, 0, 0], [0, 0, 1, 1, 0]])
    batch = {"negative_selector": torch.tensor([1, 0])}
    items = torch.tensor([[[0], [2], [5]], [[0], [3], [-100]]])
    expected = [[[-math.inf], [0], [0]], [[math.log(2 / 3)], [-math.inf], [0]]]
    for weights in (mask, mask.bool(), mask * 2.5):
        logs = MultiClassSampler(2, weights).log_frequency(items, batch)
        torch.testing.assert_close(logs, torch.tensor(expected))
    assert MultiClassSampler(1, mask * torch.arange(1, 6)).log_frequency(items, batch) is None
    mixed = torch.stack([mask[0].float(), mask[1] * torch.arange(1.0, 6)])
    assert MultiClassSampler(1, mixed).log_frequency(items, batch) is None  # one class is enough


def test_it_is_a_sampler_that_names_its_generator():
    generator = seeded()
    sampler = MultiClassSampler(2, torch.ones(1, 9), generator=generator)
    assert isinstance(sampler, SamplerProto)
    assert isinstance(sampler, DrawsNumbers)
    assert list(sampler.generators()) == [generator]
