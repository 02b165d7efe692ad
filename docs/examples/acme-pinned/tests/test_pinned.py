"""The numbers, against a formula of their own."""

import torch

from acme_pinned.pinned import Pinned


def test_pinned_items_come_first_in_their_order():
    logits, history = torch.tensor([[5.0, 1.0, 2.0, 3.0]]), torch.zeros(1, 0, dtype=torch.int64)
    changed = Pinned((9, 4, 77), 100.0)(logits, torch.tensor([3, 4, 8, 9]), history)
    assert changed.tolist() == [[5.0, 201.0, 2.0, 303.0]]
    assert logits.tolist() == [[5.0, 1.0, 2.0, 3.0]]
