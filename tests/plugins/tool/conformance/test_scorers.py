"""The plain scorer: dot products of a table whose padding row may stand anywhere."""

import pytest
import torch
from seqrec_tool_conformance.scorers import CurvedHead, DotHead, PlainScorer

TABLE = torch.arange(10.0).view(5, 2)
HIDDEN = torch.tensor([[1.0, 0.0], [0.5, -1.0]])


@pytest.mark.parametrize("padding", [0, 2, 4])
def test_scores_leave_out_the_row_of_padding(padding):
    scorer = PlainScorer(TABLE, padding)
    ids = [item for item in range(5) if item != padding]
    expected = [[float(user @ TABLE[item]) for item in ids] for user in HIDDEN]
    assert scorer(HIDDEN).tolist() == expected
    assert torch.equal(scorer.columns(torch.tensor(ids)), torch.arange(4))


def test_ids_are_scored_as_among_all_whether_shared_or_one_set_a_row():
    scorer = PlainScorer(TABLE, 4)
    every, ids = scorer(HIDDEN), torch.tensor([[3, 0, 1], [2, 2, 0]])
    torch.testing.assert_close(scorer(HIDDEN, ids), every.gather(1, ids))
    torch.testing.assert_close(scorer(HIDDEN, ids[0]), every[:, ids[0]])


def test_only_the_dot_head_says_that_it_is_one_and_the_other_is_curved():
    dot, curved = (PlainScorer(TABLE, 4, head()) for head in (DotHead, CurvedHead))
    assert dot.is_dot_product
    assert not curved.is_dot_product
    scores = dot(HIDDEN)
    torch.testing.assert_close(curved(HIDDEN), scores + scores.sin())
