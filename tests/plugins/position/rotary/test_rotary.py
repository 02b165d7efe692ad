"""Rotary positions against complex numbers, and what they are for."""

import cmath

import pytest
import torch
from seqrec_position_rotary.rotary import Rotary


def heads(dim=8, length=5, seed=0, dtype=torch.float64):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(2, 3, length, dim, generator=generator, dtype=torch.float64).to(dtype)


def turned(rotary, queries, keys=None):
    real = torch.ones(queries.size(0), queries.size(2), dtype=torch.bool)
    return rotary(queries, queries if keys is None else keys, {}, real)


@pytest.mark.parametrize(("share", "size"), [(1.0, 8), (0.5, 4), (0.8, 6)])
def test_each_pair_is_a_complex_number_times_its_turn(share, size):
    queries, keys = heads(), heads(seed=1)
    new_queries, new_keys, bias = turned(Rotary(base=50.0, share=share), queries, keys)
    assert bias is None
    for old, new in ((queries, new_queries), (keys, new_keys)):
        for place in range(5):
            for pair in range(size // 2):
                angle = (place - 4) * 50.0 ** (-2 * pair / size)
                number = complex(old[1, 2, place, pair], old[1, 2, place, pair + size // 2])
                number *= cmath.exp(1j * angle)
                assert float(new[1, 2, place, pair]) == pytest.approx(number.real, abs=1e-12)
                second = float(new[1, 2, place, pair + size // 2])
                assert second == pytest.approx(number.imag, abs=1e-12)
        assert torch.equal(new[..., size:], old[..., size:])


def test_scores_depend_on_the_distance_alone():
    one = heads(length=1).expand(-1, -1, 7, -1)
    queries, keys, _ = turned(Rotary(), one, heads(length=1, seed=1).expand(-1, -1, 7, -1))
    scores = queries @ keys.mT
    torch.testing.assert_close(scores[..., 1:, 1:], scores[..., :-1, :-1])
    assert not torch.allclose(scores[..., 0, 0], scores[..., 0, 1])


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_angles_are_exact_in_half_precision(dtype):
    queries = heads(length=300, dtype=dtype)
    expected, _, _ = turned(Rotary(), queries.double())
    actual, _, _ = turned(Rotary(), queries)
    assert actual.dtype == dtype
    error = torch.finfo(dtype).eps
    torch.testing.assert_close(actual.double(), expected, atol=error, rtol=2 * error)


def test_a_head_too_small_for_a_pair_is_refused():
    with pytest.raises(ValueError, match=r"share 0\.2 of heads of size 8 is less than a pair"):
        turned(Rotary(share=0.2), heads())
