"""Metrics for any trainer, measured by Lightning's."""

import pytest
import torch
from seqrec_callback_metrics.compute_metrics import ComputeMetricsCallback
from seqrec_callback_metrics.ranking_metrics import RankingMetrics
from seqrec_model_sasrec.sasrec import SasRec
from small_sasrec import SIZES, schema
from tiny_runs import ITEMS, Batches, HitRate, batch, fit, tiny_run, tiny_trainer

from seqrec_core.errors import SeqrecError


class Sequence(HitRate):
    """Notes what it is asked, in order."""

    def __init__(self):
        super().__init__()
        self.calls = []

    def reset(self, device):
        self.calls.append("reset")
        super().reset(device)

    def update(self, batch, output):
        self.calls.append("update")
        super().update(batch, output)

    def merge(self, total):
        self.calls.append("merge")
        assert total(torch.tensor(3)).item() == 3  # of one process
        super().merge(total)

    def compute(self):
        self.calls.append("compute")
        return super().compute()


def test_a_metric_is_reset_updated_merged_and_computed_for_each_loader():
    metric = Sequence()
    data = Batches(validate=[[batch(1), batch(2)], [batch(3)]])
    values = tiny_trainer(metrics=metric).evaluate(tiny_run(data=data), "validate")
    first = ["reset", "update", "update", "merge", "compute"]
    assert metric.calls == [*first, "reset", "update", "merge", "compute", "reset"]
    single = [
        tiny_trainer().evaluate(tiny_run(data=Batches(validate=[loader])), "validate")["hit@1"]
        for loader in data.loaders("validate")
    ]
    assert values == {
        "hit@1/dataloader_idx_0": pytest.approx(single[0]),
        "hit@1/dataloader_idx_1": pytest.approx(single[1]),
    }


@pytest.mark.filterwarnings("ignore:Total length of `Passes` across ranks is zero")
def test_a_loader_without_batches_is_measured_too():
    data = Batches(validate=[[batch(1)], [], [batch(3)]])
    script = [0.5, 0.25, 0.125]
    values = tiny_trainer(metrics=HitRate(script)).evaluate(tiny_run(data=data), "validate")
    assert values == {f"hit@1/dataloader_idx_{i}": value for i, value in enumerate(script)}


def test_what_is_measured_twice_is_named(tmp_path):
    with pytest.raises(SeqrecError, match="measure 'hit@1' twice"):
        fit(tiny_trainer(callbacks=[HitRate()]), tmp_path)


@pytest.mark.parametrize("split", ["validate", "test"])
def test_a_metric_measures_what_the_callback_of_lightning_does(split):
    batches = [{**batch(seed), "ground_truth": torch.randint(ITEMS, (8, 2))} for seed in range(3)]
    data = Batches(**{split: [batches]})
    values = [
        tiny_trainer(metrics=metrics(["ndcg", "map"], [1, 10])).evaluate(tiny_run(data=data), split)
        for metrics in (RankingMetrics, ComputeMetricsCallback)
    ]
    assert values[0] == values[1]
    assert len(values[0]) == 4


@pytest.mark.filterwarnings("ignore:feature 'item_id' pads with 0")
def test_a_model_whose_columns_are_not_item_ids_is_refused():
    shifted = SasRec.from_params(schema(padding_value=0), **SIZES, dropout=0.0)
    run = tiny_run(data=Batches(test=[[batch(1)]], predict=[[batch(1)]]), model=shifted)
    with pytest.raises(ValueError, match="columns of the logits are not item ids"):
        tiny_trainer().evaluate(run, "test")
    with pytest.raises(ValueError, match="columns of the logits are not item ids"):
        tiny_trainer().predict(run, HitRate())
