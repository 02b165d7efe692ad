"""Masks of any shape, and attention that takes a few users at a time."""

import pytest
import torch
from seqrec_library_kernels import attention_scores
from seqrec_library_kernels.attention_scores import by_users, per_head_mask

B, H, L, D = 3, 2, 5, 4


def test_a_mask_a_head_is_unfolded_and_the_others_stay_as_they_are():
    query = torch.zeros(B, H, L, D)
    mask = torch.randn(B * H, L, L)
    unfolded = per_head_mask(mask, query)
    assert torch.equal(unfolded[1, 1], mask[1 * H + 1])
    for heads in (1, H):
        mask = torch.randn(B, heads, L, L)
        assert torch.equal(per_head_mask(mask, query), mask)


def test_the_mask_takes_the_dtype_of_the_query():
    mask = torch.zeros(B, 1, L, L).fill_(-torch.inf)
    mask = per_head_mask(mask, torch.zeros(B, H, L, D, dtype=torch.bfloat16))
    assert mask.dtype == torch.bfloat16
    assert (mask == -torch.inf).all()


@pytest.mark.parametrize("shape", [(B, L, L), (B, 3, L, L), (1, 1, L, L), (L, L)])
def test_a_mask_of_another_shape_is_refused(shape):
    with pytest.raises(ValueError, match="does not fit 3 users and 2 heads"):
        per_head_mask(torch.zeros(shape), torch.zeros(B, H, L, D))


@pytest.mark.parametrize("dtype", [torch.bool, torch.long])
def test_a_mask_that_is_no_float_is_refused(dtype):
    with pytest.raises(ValueError, match="give a float mask, 0 where a pair is kept"):
        per_head_mask(torch.zeros(B, 1, L, L, dtype=dtype), torch.zeros(B, H, L, D))


class Attend:
    """Attention by the formula; remembers how many users came at a time."""

    def __init__(self):
        self.users = []

    def __call__(self, query, key, value, mask):
        self.users.append(len(query))
        return (query @ key.mT / D**0.5 + mask).softmax(-1) @ value


@pytest.mark.parametrize(
    ("users_that_fit", "users"), [(0, [1, 1, 1]), (1, [1, 1, 1]), (2, [2, 1]), (3, [3]), (9, [3])]
)
def test_a_few_users_at_a_time_are_attended_as_all_are(monkeypatch, users_that_fit, users):
    torch.manual_seed(0)
    arguments = [torch.randn(B, H, L, D, dtype=torch.double) for _ in range(3)]
    arguments.append(torch.randn(B, 1, L, L, dtype=torch.double))
    expected = Attend()(*arguments)
    scores_of_one = H * L * L * 8
    monkeypatch.setattr(attention_scores, "SCORE_BYTES", users_that_fit * scores_of_one)
    attend = Attend()
    torch.testing.assert_close(by_users(attend, *arguments), expected, rtol=1e-12, atol=1e-12)
    assert attend.users == users


def test_no_users_are_no_trouble():
    attend = Attend()
    empty = torch.zeros(0, H, L, D)
    assert by_users(attend, empty, empty, empty, torch.zeros(0, 1, L, L)).shape == (0, H, L, D)
