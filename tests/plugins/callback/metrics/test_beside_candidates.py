"""True items that are no candidates."""

import pytest
import torch
from seqrec_callback_metrics.beside_candidates import BesideCandidates
from seqrec_callback_metrics.target_sets import NO_TARGET, distinct_targets

TARGETS = torch.tensor([[4, 9, 9], [-1, 0, 12]])  # of ten items: 4 and 9; 0


@pytest.mark.parametrize(
    ("candidates", "beside"),
    [
        (None, 0),
        ([9, 1], 2),
        ([3, 4, 9, 0], 0),
        ([[9, 4], [1, -1]], 1),
        ([[-1, 0], [-1, 0]], 2),
        ([[], []], 3),
    ],
)
def test_true_items_beside_candidates_are_counted(candidates, beside):
    targets = distinct_targets(TARGETS, 10)
    assert (targets != NO_TARGET).sum() == 3
    count = BesideCandidates(torch.device("cpu"))
    ids = None if candidates is None else torch.tensor(candidates, dtype=torch.int64)
    for _ in range(2):
        count.add(targets, ids)
    assert count.counts() == (2 * beside, 6)
    count.merge(lambda tensor: tensor * 3)
    assert count.counts() == (6 * beside, 18)
