"""How far two answers are from each other, and how far they may be."""

import torch

FORWARD, LOSS, GRADIENT = 1e-5, 1e-5, 1e-4
SCORE = 2e-6
"""Of the largest score of a trained model, about 18 in single precision."""


def absolute(ours, reference):
    assert ours.shape == reference.shape
    if ours.numel() == 0:
        return 0.0
    return (ours.detach().double() - reference.double()).abs().max().item()


def relative(ours, reference):
    """The largest difference, in units of the reference's largest entry."""
    error = absolute(ours, reference)
    return error and error / max(reference.double().abs().max().item(), 1e-12)


def same_gradients(ours, reference, record, component):
    """Both are dicts by name; gradients that the reference lacks must be zero here.

    Relative to a tensor's largest gradient, or to a hundredth of the largest of all: those of
    a key's bias are zero but for rounding.
    """
    assert set(reference) <= set(ours), set(reference) - set(ours)
    largest = max((each.abs().max().item() for each in reference.values()), default=1.0)
    for name, gradient in ours.items():
        if gradient is None and name not in reference:
            continue
        gradient = torch.zeros_like(reference[name]) if gradient is None else gradient
        expected = reference.get(name, torch.zeros_like(gradient))
        scale = max(expected.abs().max().item(), largest / 100, 1e-12)
        error = absolute(gradient, expected) / scale
        record(component, "gradient", error)
        assert error <= GRADIENT, name
