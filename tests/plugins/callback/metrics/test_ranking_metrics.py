"""Ranking metrics without a trainer: what the callback logs, and what processes add up to."""

import math
import subprocess
import sys
import warnings

import pytest
import torch
from fake_processes import totals_of_processes
from naive_ranking import KS, in_parts, naive_metrics, ranking_batch
from seqrec_callback_metrics.compute_metrics import ComputeMetricsCallback
from seqrec_callback_metrics.ranking_metrics import RankingMetrics
from seqrec_callback_metrics.tally import METRICS
from seqrec_postprocessor_seen.seen_items import SeenItemsFilter

from seqrec_core.contracts import MetricProto
from seqrec_core.errors import DataError

pytestmark = pytest.mark.filterwarnings("ignore:.*(take out .* true items|left out|no history)")

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


@pytest.mark.filterwarnings("ignore:.* are not among the candidates")
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


def seen_batch(seen, truth=((1, 1, 3), (2, -1, 9))):
    """Users who have seen these items; ids outside 0..3 are padding."""
    return {
        "logits": torch.zeros(2, 4),
        "ground_truth": torch.tensor(truth),
        "seen_ids": torch.tensor(seen),
    }


def test_true_items_that_are_taken_out_are_counted_over_processes():
    batches = [seen_batch([[1, 0, -1], [3, 0, 9]]), seen_batch([[3, 1, 3], [0, 0, 0]])]
    parts = [updated(RankingMetrics(postprocessors=[SeenItemsFilter(4)]), [b]) for b in batches]
    assert [part.taken_out() for part in parts] == [(1, 3), (2, 3)]
    totals_of_processes(*(part.merge for part in parts))
    assert [part.taken_out() for part in parts] == [(3, 6)] * 2
    assert updated(RankingMetrics(), batches).taken_out() == (0, 6)


def test_they_are_told_once_for_the_same_true_items():
    metrics = RankingMetrics(["recall"], [1], [SeenItemsFilter(4)])
    batch = seen_batch([[1], [0]])
    with pytest.warns(UserWarning, match=r"SeenItemsFilter.* 1 of 3 true items.*count as misses"):
        updated(metrics, [batch]).compute()
    with warnings.catch_warnings(record=True) as said:
        updated(metrics, [batch | {"logits": torch.ones(2, 4)}]).compute()
    assert not said
    with pytest.warns(UserWarning, match="1 of 2 true items"):
        updated(metrics, [seen_batch([[1], [0]], truth=[[1], [2]])]).compute()


def test_where_all_of_them_are_taken_out_nothing_is_measured():
    metrics = RankingMetrics(["recall"], [1], [SeenItemsFilter(4)])
    updated(metrics, [seen_batch([[1, 3], [2, 2]])])
    with pytest.raises(DataError, match=r"all 3 true items.*--set postprocessors=\[\]"):
        metrics.compute()
    assert metrics.taken_out() == (3, 3)


@pytest.mark.slow
def test_lightning_stays_out():
    code = """
import sys, seqrec_callback_metrics.ranking_metrics
print([name for name in sys.modules if "lightning" in name])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def ranked(candidates, scores, truth, **settings):
    metrics = RankingMetrics(["recall", "ndcg"], [1, 2], item_count=6, **settings)
    candidates, scores = torch.tensor(candidates), torch.tensor(scores)
    batch = {"ground_truth": torch.tensor(truth), "candidates_to_score": candidates}
    metrics.update(batch, {"logits": scores})
    return metrics


def test_candidates_of_each_user_are_ranked_alone():
    metrics = ranked([[5, 0, 3], [2, -1, -1]], [[3.0, 2, 1], [0, 9, 9]], [[0], [2]])
    half = 0.5 / math.log2(3) + 0.5  # the first at place 2, the second at place 1
    expected = {"recall@1": 0.5, "recall@2": 1, "ndcg@1": 0.5, "ndcg@2": half}
    assert metrics.compute() == pytest.approx(expected)
    assert metrics.beside_candidates() == (0, 2)


def test_true_items_that_are_no_candidates_are_misses_and_are_said_once():
    metrics = ranked([[5, 3], [2, -1]], [[3.0, 2], [0, 9]], [[0], [2]])
    with pytest.warns(UserWarning, match="1 of 2 true items are not among the candidates"):
        assert metrics.compute()["recall@2"] == 0.5
    assert metrics.compute()["recall@2"] == 0.5  # warnings are errors


def test_candidates_without_any_true_item_are_an_error():
    with pytest.raises(DataError, match="none of 2 true items is among the candidates"):
        ranked([4, 1], [[3.0, 2], [0, 9]], [[0], [2]]).compute()
