"""Counts of ids do not depend on whether they are counted at once or in parts."""

from collections import Counter

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from seqrec_tool_prepare import id_counts


def collect(*frames):
    return [frame.collect(engine="streaming") for frame in frames]


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.text("abé", max_size=2), min_size=1, max_size=60), st.sampled_from([1, 7, 100]))
def test_each_id_has_its_count(ids, at_once):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(id_counts, "EVENTS", at_once)
        frame = pl.LazyFrame({"key": pl.Series(ids, dtype=pl.String)})
        counts = id_counts.id_counts(frame, len(ids), collect)
    assert dict(counts.rows()) == Counter(ids)
    assert len(counts) == len(set(ids))
    assert counts["count"].dtype == pl.Int64


def test_nothing_is_left_where_the_parts_were(tmp_path, monkeypatch):
    monkeypatch.setattr(id_counts, "EVENTS", 10)
    frame = pl.LazyFrame({"key": [n % 7 for n in range(100)]})
    counts = id_counts.id_counts(frame, 100, collect, tmp_path)
    assert sorted(counts.rows()) == [(n, 100 // 7 + (n < 100 % 7)) for n in range(7)]
    assert not [*tmp_path.iterdir()]
