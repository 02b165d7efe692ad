"""Candidates of everybody and of each user, and their padding."""

import pytest
import torch
from seqrec_library_kernels.candidates import (
    check_candidates,
    logits_of_candidates,
    padded_candidates,
    without_padding,
)


def test_lists_of_different_lengths_are_padded():
    assert padded_candidates([[4, 2], [], [7]]).tolist() == [[4, 2], [-1, -1], [7, -1]]
    assert padded_candidates([[], []]).shape == (2, 0)
    assert padded_candidates([]).dtype == torch.int64


def test_padding_is_hidden_from_models_and_has_no_logit():
    ids = torch.tensor([[4, -1], [0, 2]])
    assert without_padding(ids).tolist() == [[4, 0], [0, 2]]
    logits = torch.tensor([[0.4, 0.3], [0.2, 0.1]])
    of_own = logits_of_candidates(logits, ids, of_all=False)
    assert of_own.flatten().tolist() == pytest.approx([0.4, -torch.inf, 0.2, 0.1])
    of_all = logits_of_candidates(torch.arange(10.0).view(2, 5), ids, of_all=True)
    assert of_all.tolist() == [[4.0, -torch.inf], [5.0, 7.0]]
    assert logits.tolist() == torch.tensor([[0.4, 0.3], [0.2, 0.1]]).tolist()


def test_a_model_that_scores_the_same_candidates_for_everybody_is_refused():
    with pytest.raises(ValueError, match="each user's own"):
        logits_of_candidates(torch.zeros(2, 2, 3), torch.tensor([[1, 2, 3]] * 2), of_all=False)


@pytest.mark.parametrize("each", [True, False])
def test_ids_are_distinct_and_of_one_dimension_unless_each_user_has_some(each):
    check_candidates(torch.tensor([3, 1]), each=each)
    check_candidates(torch.tensor([], dtype=torch.int64), each=each)
    with pytest.raises(ValueError, match="repeats 2 of its 4 ids"):
        check_candidates(torch.tensor([3, 1, 3, 1]), each=each)
    own = torch.tensor([[3, 1, -1, -1], [1, 3, 2, 0]])
    if each:
        check_candidates(own, each=True)
        with pytest.raises(ValueError, match="repeats 1 of its 8 ids; name each item once a user"):
            check_candidates(own.where(own != 0, 3), each=True)
    else:
        with pytest.raises(ValueError, match=r"shape \(2, 4\)"):
            check_candidates(own)
