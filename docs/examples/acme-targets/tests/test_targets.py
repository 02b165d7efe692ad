"""The numbers, against a formula of their own."""

import pytest
import torch

from acme_targets.targets import Targets


def test_items_come_as_often_as_they_are_targets():
    labels, mask = torch.tensor([[[5], [5], [9]], [[2], [5], [9]]]), torch.ones(2, 3, 1).bool()
    mask[:, 2] = False
    batch = {"positive_labels": labels, "target_padding_mask": mask}
    drawn = Targets(4000, torch.Generator().manual_seed(0))(batch)
    assert set(drawn.tolist()) == {2, 5}
    assert (drawn == 5).double().mean().item() == pytest.approx(3 / 4, abs=0.03)


def test_without_targets_there_are_ids_all_the_same():
    labels = torch.full((1, 1, 1), 9)
    batch = {"positive_labels": labels, "target_padding_mask": labels < 0}
    assert Targets(2, torch.Generator())(batch).tolist() == [0, 0]
