"""Printed examples with their seeds, and the distribution of the fast path."""

import itertools
import math

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from seqrec_transform_negatives.data_folder import multiclass_negatives, uniform_negatives
from seqrec_transform_negatives.multiclass import MultiClassNegativeSamplingTransform
from seqrec_transform_negatives.sampling import (
    WeightedSampler,
    by_multinomial,
    distinct_uniform,
)
from seqrec_transform_negatives.uniform import UniformNegativeSamplingTransform

from seqrec_core import load, resolve
from seqrec_core.errors import SpecError


def printed(batch):
    return " ".join(repr(batch).split())


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


def test_uniform_prints_the_reference_example():
    _ = torch.manual_seed(0)
    batch = {"item_id": torch.LongTensor([[1, 0, 4]])}
    output = UniformNegativeSamplingTransform(cardinality=4, num_negative_samples=2)(batch)
    assert printed(output) == (
        "{'item_id': tensor([[1, 0, 4]]), 'negative_labels': tensor([2, 1])}"
    )
    assert list(batch) == ["item_id"]


def test_multiclass_prints_the_reference_example():
    _ = torch.manual_seed(0)
    sample_mask = torch.tensor([[1, 0, 1, 0, 0, 0], [0, 0, 0, 1, 1, 0], [0, 1, 0, 0, 0, 1]])
    transform = MultiClassNegativeSamplingTransform(num_negative_samples=2, sample_mask=sample_mask)
    output = transform({"negative_selector": torch.tensor([0, 2, 1, 1, 0])})
    assert printed(output) == (
        "{'negative_selector': tensor([0, 2, 1, 1, 0]), "
        "'negative_labels': tensor([[2, 0], [5, 1], [3, 4], [3, 4], [2, 0]])}"
    )


def test_small_catalogues_and_large_shares_draw_as_multinomial_does():
    for cardinality, count in [(4096, 10), (6000, 1501)]:
        transform = UniformNegativeSamplingTransform(
            cardinality, count, generator=torch.Generator().manual_seed(5)
        )
        expected = torch.multinomial(
            torch.ones(cardinality), count, generator=torch.Generator().manual_seed(5)
        )
        assert torch.equal(transform({"x": torch.zeros(1)})["negative_labels"], expected)


def test_distinct_uniform_draws_have_the_distribution_of_successive_sampling():
    generator = torch.Generator().manual_seed(0)
    samples = torch.stack([distinct_uniform(4, 2, generator) for _ in range(6000)])
    assert_successive([1.0] * 4, samples)


@pytest.mark.parametrize(
    "weights",
    [[1.0, 2.0, 3.0, 4.0], [1.0, 1.0, 1.0, 0.5], [5000.0, 1.0, 2.0, 3.0]],
    ids=["mixed", "flat", "so skewed that clocks complete it"],
)
def test_weighted_draws_have_the_distribution_of_successive_sampling(weights):
    sampler = WeightedSampler(torch.tensor([weights]), 3)
    rows = torch.zeros(20_000, dtype=torch.int64)
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


def test_many_of_more_items_than_multinomial_takes_come_from_clocks(monkeypatch):
    monkeypatch.setattr("seqrec_transform_negatives.sampling._MULTINOMIAL_LIMIT", 3)
    weights = torch.tensor([1.0, 2.0, 3.0, 4.0]).expand(20_000, 4)
    generator = torch.Generator().manual_seed(0)
    assert_successive([1.0, 2.0, 3.0, 4.0], by_multinomial(weights, 2, generator))


def test_classes_of_a_large_catalogue_get_their_own_items():
    classes = torch.arange(12_000) % 3
    sample_mask = torch.nn.functional.one_hot(classes).T
    transform = MultiClassNegativeSamplingTransform(
        300, sample_mask, generator=torch.Generator().manual_seed(0)
    )
    selector = torch.tensor([2, 0, 2])
    drawn = transform({"negative_selector": selector})["negative_labels"]
    assert drawn.shape == (3, 300)
    assert torch.equal(classes[drawn], selector[:, None].expand(3, 300))
    assert torch.equal(drawn[0], drawn[2])
    assert all(len(row.unique()) == 300 for row in drawn)


def test_impossible_requests_are_errors():
    with pytest.raises(ValueError, match=r"must lie in 1\.\.3"):
        UniformNegativeSamplingTransform(4, 4)
    with pytest.raises(ValueError, match="one weight for each of the 4 items"):
        UniformNegativeSamplingTransform(4, 2, sample_distribution=torch.ones(5))
    with pytest.raises(ValueError, match="1 items above 0"):
        UniformNegativeSamplingTransform(4, 2, sample_distribution=torch.tensor([0, 0, 0, 1.0]))
    with pytest.raises(ValueError, match="not negative"):
        UniformNegativeSamplingTransform(4, 2, sample_distribution=torch.tensor([1, 1, 1, -1.0]))
    with pytest.raises(ValueError, match=r"must lie in 1\.\.2"):
        MultiClassNegativeSamplingTransform(3, torch.ones(2, 3))
    with pytest.raises(ValueError, match="row 1 of the weights has 1 items"):
        MultiClassNegativeSamplingTransform(2, torch.tensor([[1, 1, 1], [0, 0, 1]]))
    with pytest.raises(ValueError, match=r"must be \(C, V\)"):
        MultiClassNegativeSamplingTransform(2, torch.ones(3))
    transform = MultiClassNegativeSamplingTransform(1, torch.ones(2, 3))
    for selector in ([0, 2], [-1, 0]):
        with pytest.raises(ValueError, match=r"classes 0\.\.1"):
            transform({"negative_selector": torch.tensor(selector)})


@pytest.fixture
def folder(tmp_path):
    columns = {"count": [1, 0, 5, 2], "category": [1, 0, 1, 0], "tags": [[0], [], [0, 1], [1]]}
    pq.write_table(pa.table(columns), tmp_path / "items.parquet")
    pq.write_table(pa.table({"count": [1, None]}), tmp_path / "nulls.parquet")
    return tmp_path


def test_specs_take_distributions_and_classes_from_the_data_folder(folder):
    generator = torch.Generator().manual_seed(0)
    transform = uniform_negatives(4, 3, "negatives", "items.parquet:count", generator, folder)
    assert sorted(transform({})["negatives"].tolist()) == [0, 2, 3]
    for column, members in (("category", [1, 3]), ("tags", [0, 2])):
        transform = multiclass_negatives(
            4, 2, f"items.parquet:{column}", "cls", "negatives", generator, folder
        )
        drawn = transform({"cls": torch.tensor([0])})["negatives"]
        assert sorted(drawn[0].tolist()) == members


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ("items.parquet", "write 'file:column'"),
        ("absent.parquet:count", "no file"),
        ("items.parquet:weight", "no column 'weight'"),
        ("nulls.parquet:count", "null in row 1"),
    ],
)
def test_a_place_that_holds_no_weights_is_named(folder, place, message):
    with pytest.raises(ValueError, match=message):
        uniform_negatives(4, 2, "negatives", place, None, folder)


@pytest.mark.parametrize(
    ("classes", "message"),
    [
        ([0, -1, 1], "is -1 in row 1; classes start from 0"),
        ([[0], [1], [-2]], "is -2 in row 2"),
        ([0.0, 1.5, 1.0], "holds double; classes are whole numbers"),
        (["a", "b", "c"], "holds string; classes are whole numbers"),
        ([[0], [None], [1]], "null in a list"),
        (pa.array([[], [], []], pa.list_(pa.int64())), "no class"),
    ],
)
def test_classes_that_are_none_are_refused(tmp_path, classes, message):
    pq.write_table(pa.table({"class": classes}), tmp_path / "items.parquet")
    with pytest.raises(ValueError, match=rf"items\.parquet:class.*{message}"):
        multiclass_negatives(3, 1, "items.parquet:class", "cls", "negatives", None, tmp_path)


def test_classes_may_be_lists_of_fixed_size(tmp_path):
    classes = pa.array([[0], [1], [1]], pa.list_(pa.int64(), 1))
    pq.write_table(pa.table({"class": classes}), tmp_path / "items.parquet")
    transform = multiclass_negatives(3, 1, "items.parquet:class", "c", "n", None, tmp_path)
    assert transform({"c": torch.tensor([0])})["n"].tolist() == [[0]]


def test_weights_are_numbers(tmp_path):
    pq.write_table(pa.table({"w": ["1", "2", "3"]}), tmp_path / "items.parquet")
    with pytest.raises(ValueError, match=r"items\.parquet:w' holds string; weights are numbers"):
        uniform_negatives(3, 1, "negatives", "items.parquet:w", None, tmp_path)


def test_classes_of_another_number_of_items_are_refused(folder):
    with pytest.raises(ValueError, match="has 4 rows, and there are 5 items"):
        multiclass_negatives(5, 2, "items.parquet:category", "cls", "negatives", None, folder)


def recipe(cardinality, *train):
    """A spec whose catalogue has so many items; without transforms it has the model's."""
    item = {"name": "item_id", "type": "categorical", "hint": "item_id", "cardinality": cardinality}
    return load(
        {
            "seqrec": 1,
            "schema": {"features": [item]},
            "model": {"type": "sasrec", "loss": {"type": "ce_sampled"}},
            "data": {"type": "parquet", **({"transforms": {"train": [*train]}} if train else {})},
        }
    )


@pytest.mark.parametrize(
    "transform",
    [
        {"type": "uniform_negatives"},
        {"type": "multiclass_negatives", "sample_mask": "items.parquet:category"},
    ],
)
def test_a_spec_draws_no_more_negatives_than_there_are(transform):
    resolve(recipe(101, transform))
    with pytest.raises(SpecError) as caught:
        resolve(recipe(100, transform))
    assert str(caught.value) == (
        "data.transforms.train[0].num_negative_samples: is 100, of 100 items; choose at most 99"
    )


@pytest.mark.parametrize(("cardinality", "count"), [(12, 11), (100, 99), (5000, 100)])
def test_default_negatives_fit_the_catalogue(cardinality, count):
    negatives = resolve(recipe(cardinality)).data.transforms["train"][-1]
    assert negatives.num_negative_samples == count
