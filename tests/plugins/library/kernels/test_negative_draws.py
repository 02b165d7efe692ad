"""Distinct negatives, of the whole catalogue or of classes."""

import pytest
import torch
from seqrec_library_kernels.negative_draws import ClassDraws, UniformDraws, device_of
from seqrec_library_kernels.sampling import WeightedSampler


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize(("items", "count"), [(4096, 10), (6000, 1501), (9, 8)])
def test_small_catalogues_and_large_shares_draw_as_multinomial_does(items, count):
    expected = torch.multinomial(torch.ones(items), count, generator=seeded(5))
    assert torch.equal(UniformDraws(items, count, generator=seeded(5)).draw(), expected)


@pytest.mark.parametrize("items", [500, 50_000])
@pytest.mark.parametrize("is_weighted", [False, True])
def test_draws_are_distinct_items_of_positive_weight(items, is_weighted):
    weights = (torch.arange(items) % 3).double() if is_weighted else None
    draws = UniformDraws(items, 100, weights, seeded())
    for _ in range(3):
        drawn = draws.draw()
        assert drawn.shape == (100,)
        assert len(drawn.unique()) == 100
        assert drawn.min() >= 0
        assert drawn.max() < items
        assert weights is None or bool((weights[drawn] > 0).all())


@pytest.mark.parametrize("items", [600, 12_000])
def test_rows_get_items_of_their_class_and_share_them(items):
    classes = torch.arange(items) % 3
    draws = ClassDraws(torch.nn.functional.one_hot(classes).T, 100, "cls", seeded())
    selector = torch.tensor([2, 0, 2])
    drawn = draws.draw({"cls": selector})
    assert torch.equal(classes[drawn], selector[:, None].expand(3, 100))
    assert torch.equal(drawn[0], drawn[2])
    assert all(len(row.unique()) == 100 for row in drawn)


def test_large_catalogues_draw_as_the_weighted_sampler_does():
    """At a cost of about N: multinomial would pass over every item for each class."""
    mask = torch.nn.functional.one_hot(torch.arange(12_000) % 3).T
    drawn = ClassDraws(mask, 100, "cls", seeded(5)).draw({"cls": torch.arange(3)})
    assert torch.equal(drawn, WeightedSampler(mask, 100).sample(torch.arange(3), seeded(5)))


def test_impossible_requests_are_errors():
    for count in (0, 4, 9):
        with pytest.raises(ValueError, match=rf"is {count}; it must lie in 1\.\.3"):
            UniformDraws(4, count)
    with pytest.raises(ValueError, match="one weight for each of the 4 items"):
        UniformDraws(4, 2, torch.ones(5))
    with pytest.raises(ValueError, match="1 items above 0"):
        UniformDraws(4, 2, torch.tensor([0, 0, 0, 1.0]))
    with pytest.raises(ValueError, match=r"must be \(C, V\)"):
        ClassDraws(torch.ones(3), 2, "cls")
    with pytest.raises(ValueError, match="row 1 of the weights has 1 items"):
        ClassDraws(torch.tensor([[1, 1, 1], [0, 0, 1]]), 2, "cls")


def test_a_batch_without_classes_is_an_error():
    draws = ClassDraws(torch.ones(2, 3), 1, "cls")
    with pytest.raises(ValueError, match="no column 'cls' with the class of each row; it has ids"):
        draws.draw({"ids": torch.arange(2)})
    for selector in ([0, 2], [-1, 0], [[0]]):
        with pytest.raises(ValueError, match=r"classes 0\.\.1"):
            draws.draw({"cls": torch.tensor(selector)})


def test_the_generator_is_named():
    generator = seeded()
    assert UniformDraws(9, 2, generator=generator).generators() == (generator,)
    assert ClassDraws(torch.ones(1, 9), 2, "cls", generator).generators() == (generator,)
    assert UniformDraws(9, 2).generators() == ()
    assert ClassDraws(torch.ones(1, 9), 2, "cls").generators() == ()


def test_a_batch_stands_where_its_first_tensor_does():
    meta = torch.zeros(1, device="meta")
    assert device_of({"group": {"x": meta}, "y": torch.zeros(1)}) == meta.device
    assert device_of({}) == torch.device("cpu")
