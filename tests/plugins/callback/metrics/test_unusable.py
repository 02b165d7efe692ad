"""What an evaluation could not use is counted, and told once."""

import warnings

import torch
from fake_processes import totals_of_processes
from seqrec_callback_metrics.ranking_metrics import RankingMetrics


def metrics_of(batch):
    metrics = RankingMetrics(["recall"], [1])
    metrics.reset(torch.device("cpu"))
    metrics.update(batch, {"logits": torch.rand(len(batch["ground_truth"]), 4)})
    return metrics


BATCH = {
    # unknown items 7 and -9; -1, -2 and the size of the catalogue are padding
    "ground_truth": torch.tensor([[1, 7, -9], [-1, -2, 4], [3, 2, -1], [-1, -1, -1]]),
    "padding_mask": torch.tensor([[True], [True], [False], [False]]),
}


def test_unknown_items_and_users_without_truth_or_history_are_counted_over_processes():
    parts = [
        metrics_of({name: each[rows] for name, each in BATCH.items()}) for rows in ([0, 1], [2, 3])
    ]
    assert [part.unusable() for part in parts] == [(2, 1, 0), (0, 0, 1)]
    totals_of_processes(*(part.merge for part in parts))
    assert [part.unusable() for part in parts] == [(2, 1, 1)] * 2


def test_they_are_told_once_and_nothing_is_where_all_is_well():
    metrics = metrics_of(BATCH)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        metrics.compute()
    parts = ("2 true items", "1 users have no true item", "1 of 2 users have no history")
    for text, part in zip(said, parts, strict=True):
        assert part in str(text.message)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        metrics.compute()
        metrics_of({"ground_truth": torch.tensor([[1, -1]])}).compute()
