"""Joining or starting Ray: what is said where that cannot be."""

import sys

import pytest

ray = pytest.importorskip("ray", reason="needs ray: pip install 'ray[data]'")

from seqrec_engine_ray.ray_session import joined  # noqa: E402

from seqrec_core.errors import SeqrecError  # noqa: E402


def refusal(address=None):
    with pytest.raises(SeqrecError) as error, joined(address):
        pass
    return str(error.value)


def test_ray_that_is_missing_or_old_is_said(monkeypatch):
    monkeypatch.setattr(ray, "__version__", "2.9.3")
    assert "needs Ray 2.40 or later, this is 2.9.3" in refusal()
    monkeypatch.setitem(sys.modules, "ray", None)
    assert 'pip install "seqrec[ray]"' in refusal()


def test_a_cluster_that_is_not_reached_is_said(monkeypatch):
    def init(**settings):
        raise ConnectionError(f"{settings['address']} does not answer\nmore")

    monkeypatch.setattr(ray, "init", init)
    assert refusal("10.9.9.9:6379").startswith(
        "no Ray cluster is reached at '10.9.9.9:6379': ConnectionError: 10.9.9.9:6379 does not"
    )
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    assert "Ray did not start: ConnectionError: local does not answer; see" in refusal()
