"""The time of a rank is that of sorting, for all times that clocks give."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from seqrec_tool_prepare.time_ranks import TimeRanks

WHOLE = st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1, max_size=40)
FLOATS = st.lists(st.floats(-(2.0**63), 2.0**63), min_size=1, max_size=40)


@given(times=WHOLE.map(np.array) | FLOATS.map(np.array) | WHOLE.map(lambda t: np.array(t) >> 40))
@settings(max_examples=100, deadline=None)
def test_the_time_of_every_rank_is_that_of_sorting(times):
    times = times.astype(times.dtype if times.dtype.kind == "f" else np.int64)
    parts = np.array_split(times, 3)
    ranks = TimeRanks(lambda part: map(part, parts))
    assert ranks.count == len(times)
    assert [ranks.at(rank) for rank in range(len(times))] == np.sort(times).tolist()
    assert ranks.least == times.min()


@pytest.mark.parametrize("bits", [28, 50])
def test_passes_over_the_times_are_few(bits):
    passes = []
    times = np.arange(1000, dtype=np.int64) << (bits - 10)

    def each(part):
        passes.append(part)
        return map(part, [times])

    assert TimeRanks(each).at(800) == times[800]
    assert len(passes) <= 1 + -(-bits // 16)
