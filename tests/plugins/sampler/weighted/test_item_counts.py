"""Counts that are none are refused, by the place that they come from."""

import pytest
import torch
from seqrec_sampler_weighted.item_counts import checked_counts


def test_counts_come_in_double_precision():
    counts = checked_counts(torch.tensor([2, 0, 5], dtype=torch.int32), 3, "i.parquet:n")
    assert counts.dtype == torch.float64
    assert counts.tolist() == [2, 0, 5]


@pytest.mark.parametrize(
    ("counts", "message"),
    [
        ([1.0, 2.0], r"^'i\.parquet:n' has 2 rows, and there are 3 items; give one row for each"),
        ([1.0, -2.0, 0.0], r"^'i\.parquet:n' is -2 in row 1; counts are at least 0 and finite"),
        ([1.0, 2.0, torch.nan], r"is nan in row 2"),
        ([1.0, torch.inf, 0], r"is inf in row 1"),
        ([0, 0, 0], r"counts no event of any item, .* set smoothing above 0"),
    ],
)
def test_what_is_no_count_is_refused_with_its_place(counts, message):
    with pytest.raises(ValueError, match=message):
        checked_counts(torch.tensor(counts), 3, "i.parquet:n")


def test_smoothing_draws_items_without_events():
    assert checked_counts(torch.zeros(3), 3, "i.parquet:n", 1.0).tolist() == [0, 0, 0]
