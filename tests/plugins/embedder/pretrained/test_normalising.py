"""Vectors of one scale in all directions."""

import numpy as np
import pytest
from seqrec_embedder_pretrained.normalising import normalised

DRAW = np.random.default_rng(0)
VECTORS = (DRAW.normal(size=(200, 6)) @ DRAW.normal(size=(6, 6)) * 5 + 3).astype(np.float32)
ALL = np.ones(200, dtype=bool)


@pytest.mark.parametrize("how", ["standardise", "whiten"])
def test_the_mean_is_zero_and_all_directions_vary_alike(how):
    result = normalised(VECTORS, ALL, how).astype(np.float64)
    covariance = result.T @ result / 200
    np.testing.assert_allclose(result.mean(0), 0, atol=1e-5)
    np.testing.assert_allclose(np.diag(covariance), 1 / 6, rtol=1e-3)
    if how == "whiten":
        np.testing.assert_allclose(covariance, np.eye(6) / 6, atol=1e-3)
    np.testing.assert_allclose(np.square(result).sum(1).mean(), 1, rtol=1e-3)


@pytest.mark.parametrize("how", ["standardise", "whiten"])
def test_directions_without_variance_are_zero_and_others_are_not_blown_up(how):
    flat = VECTORS.copy()
    flat[:, 2] = 7
    result = normalised(flat, ALL, how)
    assert np.isfinite(result).all()
    assert np.square(result).sum(1).mean() == pytest.approx(1, rel=1e-3)
    assert not normalised(np.ones((5, 3), np.float32), np.ones(5, bool), how).any()


@pytest.mark.parametrize("how", ["standardise", "whiten"])
def test_items_without_a_vector_count_for_nothing_and_are_zero(how):
    holes = np.concatenate([VECTORS, np.zeros((9, 6), np.float32)])
    is_there = np.arange(209) < 200
    result = normalised(holes, is_there, how)
    np.testing.assert_allclose(result[:200], normalised(VECTORS, ALL, how), atol=1e-5)
    assert not result[200:].any()


def test_none_leaves_the_vectors():
    assert normalised(VECTORS, ALL, "none") is VECTORS
