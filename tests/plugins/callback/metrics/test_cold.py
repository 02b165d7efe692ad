"""Metrics of cold targets are those of all, had they been a user's only targets."""

import math

import pytest
import torch
from seqrec_callback_metrics.ranking_metrics import RankingMetrics
from seqrec_callback_metrics.specs import MetricsSpec

from seqrec_core.build import Runtime, build_part
from seqrec_core.errors import BuildError
from seqrec_core.schema import TensorSchema
from seqrec_core.session import read

COUNTS = torch.tensor([3, 0, 1, 0, 0, 2])


def batch(*truth):
    width = max(map(len, truth))
    rows = [[*items, *[-1] * (width - len(items))] for items in truth]
    return {"ground_truth": torch.tensor(rows), "train": torch.tensor([[0]] * len(rows))}


def measured(truth, logits, **settings):
    ranking = RankingMetrics(["recall", "ndcg", "coverage"], [1, 3], item_count=6, **settings)
    for rows, scores in zip(truth, logits, strict=True):
        ranking.update(batch(*rows), {"logits": scores})
    return ranking.values()


def test_cold_targets_are_measured_as_if_they_were_alone():
    draw = torch.Generator().manual_seed(0)
    logits = [torch.randn(3, 6, generator=draw), torch.randn(2, 6, generator=draw)]
    truth = [([0, 1], [3], [2]), ([4, 5, 1], [0])]
    alone = [([1], [3], []), ([4, 1], [])]
    both = measured(truth, logits, train_counts=COUNTS)
    expected = measured(alone, logits)
    for name in ("recall@1", "recall@3", "ndcg@1", "ndcg@3"):
        assert both[f"cold_{name}"] == pytest.approx(expected[name])
    assert "cold_coverage@1" not in both
    others = measured(truth, logits)
    assert {name: both[name] for name in others} == others


def test_without_a_cold_target_there_is_nothing_to_say():
    values = measured([([0, 2],)], [torch.randn(1, 6)], train_counts=COUNTS)
    assert math.isnan(values["cold_recall@1"])
    assert not math.isnan(values["recall@1"])


def test_processes_add_up():
    def ranked(*truth):
        ranking = RankingMetrics(["recall"], [1], item_count=6, train_counts=COUNTS)
        ranking.update(batch(*truth), {"logits": torch.eye(6)[[1] * len(truth)]})
        return ranking

    one, other, sums = ranked([1], [3]), ranked([3], [3]), []
    other.merge(lambda tensor: sums.append(tensor) or tensor)
    one.merge(lambda tensor: tensor + sums.pop(0))
    assert one.values()["cold_recall@1"] == 0.25
    assert not sums


def test_a_spec_names_the_counts_and_what_they_add(tmp_path):
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.table({"count": COUNTS.numpy()}), tmp_path / "items.parquet")
    raw = {"type": "metrics", "ks": [1], "item_count": 6, "cold": "items.parquet:count"}
    spec = read(raw, MetricsSpec, "metrics")
    assert spec.measures() == (
        *("map@1", "ndcg@1", "recall@1"),
        *("cold_map@1", "cold_ndcg@1", "cold_recall@1"),
    )
    assert spec.needs("test").files == ("items.parquet:count",)
    runtime = Runtime(TensorSchema([]), data_dir=tmp_path)
    assert build_part(spec, runtime).train_counts.tolist() == COUNTS.tolist()
    with pytest.raises(
        BuildError, match=r"'items.parquet:count' has 6 rows, and there are 7 items"
    ):
        build_part(read({**raw, "item_count": 7}, MetricsSpec, "metrics"), runtime)
