"""Ranking metrics without a trainer: what the callback logs, and what processes add up to."""

import math
import subprocess
import sys

import pytest
import torch
from fake_processes import totals_of_processes
from naive_ranking import KS, in_parts, naive_metrics, ranking_batch
from seqrec_callback_metrics.compute_metrics import ComputeMetricsCallback
from seqrec_callback_metrics.ranking_metrics import RankingMetrics
from seqrec_callback_metrics.tally import METRICS
from seqrec_postprocessor_seen.seen_items import SeenItemsFilter

from seqrec_core.contracts import MetricProto

ITEMS = 12
CPU = torch.device("cpu")


def every_metric():
    return METRICS, KS, [SeenItemsFilter(ITEMS)], ITEMS


def updated(metrics, batches):
    metrics.reset(CPU)
    for batch in batches:
        metrics.update(batch, {"logits": batch["logits"]})
    return metrics


def test_they_keep_the_contract_and_equal_their_definitions():
    metrics, batch = RankingMetrics(*every_metric()), ranking_batch(0, 7)
    assert isinstance(metrics, MetricProto)
    values = updated(metrics, in_parts(batch, 3)).compute()
    assert values == pytest.approx(naive_metrics(batch, ITEMS), abs=1e-12)


def test_they_are_those_of_the_callback_to_the_bit(trainer, model, loader):
    batches = in_parts(ranking_batch(1, 11), 4)
    callback = ComputeMetricsCallback(*every_metric())
    trainer(callback).test(model, loader(batches), verbose=False)
    values = updated(RankingMetrics(*every_metric()), batches).compute()
    assert values == {name: callback.history[0][name] for name in values}


def test_processes_add_up_to_one():
    batches = in_parts(ranking_batch(2, 9), 2)
    whole = updated(RankingMetrics(*every_metric()), batches)
    parts = [updated(RankingMetrics(*every_metric()), batches[rank::2]) for rank in range(2)]
    totals_of_processes(*(part.merge for part in parts))
    for part in parts:
        assert part.users() == whole.users()
        assert part.compute() == pytest.approx(whole.compute(), abs=1e-12)


def test_a_process_without_a_batch_adds_nothing():
    batches = in_parts(ranking_batch(3, 5), 2)
    one, idle = updated(RankingMetrics(*every_metric()), batches), RankingMetrics(*every_metric())
    expected = one.values()
    totals_of_processes(one.merge, idle.merge)
    assert one.values() == idle.values() == expected


def test_a_reset_forgets_the_last_evaluation():
    metrics = updated(RankingMetrics(*every_metric()), [ranking_batch(4, 6)])
    batch = ranking_batch(5, 6)
    assert updated(metrics, [batch]).values() == pytest.approx(naive_metrics(batch, ITEMS))


def test_batches_and_outputs_stay_as_they_are():
    batch = ranking_batch(6, 5)
    output = {"logits": batch["logits"]}
    before = {name: column.clone() for name, column in batch.items()}
    RankingMetrics(*every_metric()).update(batch, output)
    assert set(batch) == set(before)
    assert list(output) == ["logits"]
    for name, column in before.items():
        assert torch.equal(batch[name], column)


def test_candidates_of_the_batch_name_the_columns():
    metrics = RankingMetrics(["recall"], [1], item_count=10)
    batch = {
        "logits": torch.tensor([[2.0, 1.0]]),
        "ground_truth": torch.tensor([[7, 9, 10]]),
        "candidates_to_score": torch.tensor([7, 5]),
    }
    assert updated(metrics, [batch]).compute() == {"recall@1": 0.5}  # 10 is padding


def test_the_first_process_says_that_nobody_could_be_judged(capsys, monkeypatch):
    metrics = RankingMetrics(["recall"], [1], print_table=True)
    batch = {"logits": torch.tensor([[2.0, 1.0]]), "ground_truth": torch.tensor([[9]])}
    updated(metrics, [batch])
    with pytest.warns(UserWarning, match="none of 1 users has a true item.*'ground_truth'"):
        assert math.isnan(metrics.compute()["recall@1"])
    assert "0 users, 1" in capsys.readouterr().out
    monkeypatch.setattr(torch.distributed, "is_initialized", lambda: True)
    monkeypatch.setattr(torch.distributed, "get_rank", lambda: 1)
    assert math.isnan(metrics.compute()["recall@1"])
    assert capsys.readouterr().out == ""


@pytest.mark.slow
def test_lightning_stays_out():
    code = """
import sys, seqrec_callback_metrics.ranking_metrics
print([name for name in sys.modules if "lightning" in name])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
