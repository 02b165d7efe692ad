"""Negatives of a class that each row names."""

import pytest
import torch
from seqrec_transform_negatives.multiclass import MultiClassNegativeSamplingTransform

from seqrec_core.contracts import DrawsNumbers


def printed(batch):
    return " ".join(repr(batch).split())


def test_multiclass_prints_the_reference_example():
    _ = torch.manual_seed(0)
    sample_mask = torch.tensor([[1, 0, 1, 0, 0, 0], [0, 0, 0, 1, 1, 0], [0, 1, 0, 0, 0, 1]])
    transform = MultiClassNegativeSamplingTransform(num_negative_samples=2, sample_mask=sample_mask)
    output = transform({"negative_selector": torch.tensor([0, 2, 1, 1, 0])})
    assert printed(output) == (
        "{'negative_selector': tensor([0, 2, 1, 1, 0]), "
        "'negative_labels': tensor([[2, 0], [5, 1], [3, 4], [3, 4], [2, 0]])}"
    )


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


def test_the_generator_that_it_draws_from_is_named():
    generator = torch.Generator()
    transform = MultiClassNegativeSamplingTransform(2, torch.ones(1, 9), generator=generator)
    assert isinstance(transform, DrawsNumbers)
    assert list(transform.generators()) == [generator]
    assert not MultiClassNegativeSamplingTransform(2, torch.ones(1, 9)).generators()
