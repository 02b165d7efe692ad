"""Numbers of a table for pairs of times: users at a time or all at once, forth and back."""

import math

import pytest
import torch
from seqrec_position_relative import bucket_table
from seqrec_position_relative.bucket_table import bucketed_bias, time_buckets


def times(users, length, seed=0):
    generator = torch.Generator().manual_seed(seed)
    steps = torch.randint(0, 90_000, (users, length), generator=generator)
    return 1_600_000_000 + steps.cumsum(1)


def test_buckets_change_at_exactly_the_powers():
    edges = [math.exp(0.301 * bucket) for bucket in range(1, 100)]
    below = torch.tensor([math.ceil(edge) - 1 for edge in edges])
    zeros = torch.zeros_like(below)[:, None]
    for seconds, shift in ((below, 0), (below + 1, 1)):
        expected = [max(math.floor(math.log(max(1, s)) / 0.301), 0) for s in seconds.tolist()]
        assert time_buckets(seconds[:, None], zeros, 255).flatten().tolist() == expected
        assert expected[30:] == [bucket + shift for bucket in range(30, 99)]


@pytest.mark.parametrize("pair_bytes", [1, 900, 1 << 20])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
def test_users_at_a_time_give_what_all_at_once_give(monkeypatch, pair_bytes, dtype):
    monkeypatch.setattr(bucket_table, "_PAIR_BYTES", pair_bytes)
    when, table = times(5, 7), torch.randn(3, 60, dtype=dtype, requires_grad=True)
    bias = bucketed_bias(table, when, when)
    buckets = (when[:, :, None] - when[:, None]).abs().clamp(min=1).double().log() / 0.301
    expected = table[:, buckets.long().clamp(max=59)].transpose(0, 1)
    assert torch.equal(bias, expected)
    gradient = torch.randn(bias.shape, generator=torch.Generator().manual_seed(1)).to(dtype)
    [actual] = torch.autograd.grad(bias, table, gradient)
    sums = torch.zeros(3, 60, dtype=torch.float64)
    for user, i, j in torch.cartesian_prod(torch.arange(5), torch.arange(7), torch.arange(7)):
        column = min(int(buckets[user, i, j]), 59)
        sums[:, column] += gradient[user, :, i, j].double()
    torch.testing.assert_close(actual, sums.to(dtype))


def test_sums_in_half_precision_do_not_stand_still():
    table = torch.zeros(1, 4, dtype=torch.bfloat16, requires_grad=True)
    bucketed_bias(table, times(3, 64), times(3, 64) + 10**9).sum().backward()
    assert table.grad.tolist() == [[0, 0, 0, 3 * 64 * 64]]


def test_no_user_and_no_event_are_fine():
    table = torch.randn(2, 5, requires_grad=True)
    for users, length in ((0, 4), (2, 0)):
        none = torch.zeros(users, length, dtype=torch.int64)
        bias = bucketed_bias(table, none, none)
        assert bias.shape == (users, 2, length, length)
        bias.sum().backward()
    assert not table.grad.any()
