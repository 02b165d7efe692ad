"""What the spec of the metrics says of them before anything is measured."""

import pytest
import torch
from seqrec_callback_metrics.ranking_metrics import RankingMetrics
from seqrec_callback_metrics.specs import MetricsSpec


@pytest.mark.parametrize(
    ("metrics", "ks"),
    [(("ndcg", "recall"), (20, 5, 5)), (("coverage", "novelty", "map", "mrr"), (1,))],
)
def test_it_names_exactly_what_is_measured(metrics, ks):
    ranking = RankingMetrics(metrics, ks, item_count=9)
    batch = {"ground_truth": torch.tensor([[3]]), "train": torch.tensor([[1, 2]])}
    ranking.update(batch, {"logits": torch.arange(9.0)[None]})
    spec = MetricsSpec(metrics=metrics, ks=ks, item_count=9)
    names = spec.measures()
    assert sorted(names) == sorted(ranking.values())
    assert spec.smaller_is_better() == ()
