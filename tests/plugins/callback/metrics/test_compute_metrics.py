"""The callback: several dataloaders, ties, candidates, padding, and what it refuses."""

import math

import pytest
import torch
from naive_ranking import KS, MEANS, in_parts, naive_metrics, ranking_batch
from seqrec_callback_metrics.compute_metrics import ComputeMetricsCallback
from seqrec_callback_metrics.tally import METRICS
from seqrec_postprocessor_seen.seen_items import SeenItemsFilter

from seqrec_core.errors import DataError

pytestmark = pytest.mark.filterwarnings("ignore:.*(take out .* true items|left out|no history)")


def evaluate(callback, trainer, model, loader, *batches):
    loaders = [loader(each) for each in batches]
    return trainer(callback).test(model, loaders, verbose=False)


def test_batches_and_the_filter_change_nothing(trainer, model, loader):
    batch = ranking_batch(0, 7)
    callback = ComputeMetricsCallback(METRICS, KS, [SeenItemsFilter(12)], item_count=12)
    evaluate(callback, trainer, model, loader, in_parts(batch, 3))
    expected = naive_metrics(batch, 12)
    (record,) = callback.history
    for name, value in expected.items():
        assert record[name] == pytest.approx(value, abs=1e-12), name


def test_names_carry_the_dataloader_where_there_are_several(trainer, model, loader):
    first, second = ranking_batch(1, 4), ranking_batch(2, 3)
    callback = ComputeMetricsCallback(["ndcg"], [3])
    logged = evaluate(callback, trainer, model, loader, [first], [second])
    for index, batch in enumerate([first, second]):
        name = f"ndcg@3/dataloader_idx_{index}"
        alone = {**batch, "seen_ids": torch.full((len(batch["logits"]), 1), -1)}
        expected = naive_metrics(alone, 12)["ndcg@3"]
        assert logged[index][name] == pytest.approx(expected, abs=1e-6)
        assert callback.history[0][name] == pytest.approx(expected, abs=1e-12)


def one_user(logits, truth, **columns):
    return [{"logits": torch.tensor([logits]), "ground_truth": torch.tensor([truth]), **columns}]


def test_a_model_that_scores_all_items_alike_gets_nothing(trainer, model, loader):
    callback = ComputeMetricsCallback(["ndcg", "hitrate"], [1, 5])
    evaluate(callback, trainer, model, loader, one_user([2.0] * 9, [0, 1]))
    assert {callback.history[0][name] for name in ("ndcg@1", "ndcg@5", "hitrate@5")} == {0.0}


def test_a_tie_counts_against_the_target(trainer, model, loader):
    callback = ComputeMetricsCallback(["mrr"], [1, 2, 3])
    evaluate(callback, trainer, model, loader, one_user([2.0, 2.0, 1.0], [0]))
    assert [callback.history[0][f"mrr@{k}"] for k in (1, 2, 3)] == [0, 0.5, 0.5]


def test_a_cut_off_does_not_depend_on_the_others(trainer, model, loader):
    batch = ranking_batch(3, 20)
    batch["logits"] = (batch["logits"] / 3).floor()  # many ties
    few, many = ComputeMetricsCallback(MEANS[:-1], [2]), ComputeMetricsCallback(MEANS[:-1], [2, 9])
    trainer(few).test(model, loader([batch]), verbose=False)
    trainer(many).test(model, loader([batch]), verbose=False)
    for name in MEANS[:-1]:
        assert few.history[0][f"{name}@2"] == many.history[0][f"{name}@2"]


@pytest.mark.parametrize("bad", [math.nan, -math.inf])
def test_a_target_without_a_score_is_missed(bad, trainer, model, loader):
    callback = ComputeMetricsCallback(["recall"], [3])
    evaluate(callback, trainer, model, loader, one_user([bad, 1.0, 2.0], [0]))
    assert callback.history[0]["recall@3"] == 0


def test_bfloat16_logits_are_evaluated(trainer, model, loader):
    batch = one_user([0.0, 1.0, 2.0], [2], seen_ids=torch.tensor([[1]]))
    batch[0]["logits"] = batch[0]["logits"].bfloat16()
    callback = ComputeMetricsCallback(["recall"], [1], [SeenItemsFilter(3)])
    evaluate(callback, trainer, model, loader, batch)
    assert callback.history[0]["recall@1"] == 1


@pytest.mark.filterwarnings("ignore:.* are not among the candidates")
def test_candidates_name_the_columns(trainer, model, loader):
    model.candidates = torch.tensor([7, 5])
    callback = ComputeMetricsCallback(["recall"], [1], item_count=10)
    evaluate(callback, trainer, model, loader, one_user([2.0, 1.0], [7, 9, 10]))
    assert callback.history[0]["recall@1"] == 0.5  # 9 is no candidate: missed; 10 is padding


def test_candidates_need_the_number_of_items(trainer, model, loader):
    model.candidates = torch.tensor([7, 5])
    with pytest.raises(ValueError, match="give item_count"):
        evaluate(ComputeMetricsCallback(), trainer, model, loader, one_user([2.0, 1.0], [7]))


def test_users_without_targets_are_left_out_and_counted(trainer, model, loader):
    batch = one_user([2.0, 1.0], [0])[0]
    nobody = {**batch, "ground_truth": torch.tensor([[2]])}
    callback = ComputeMetricsCallback(["recall"], [1])
    evaluate(callback, trainer, model, loader, [batch, nobody])
    (record,) = callback.history
    assert (record["recall@1"], record["users"], record["users_without_ground_truth"]) == (1, 1, 1)


def test_nobody_with_a_target_is_reported(trainer, model, loader):
    callback = ComputeMetricsCallback(["recall"], [1])
    with pytest.warns(UserWarning, match="none of 1 users has a true item.*'ground_truth'"):
        evaluate(callback, trainer, model, loader, one_user([2.0, 1.0], [9]))
    assert math.isnan(callback.history[0]["recall@1"])


def test_no_train_items_leave_coverage_undefined(trainer, model, loader):
    callback = ComputeMetricsCallback(["coverage"], [1], item_count=2)
    batch = one_user([2.0, 1.0], [0], train=torch.tensor([[-1]]))
    evaluate(callback, trainer, model, loader, batch)
    assert math.isnan(callback.history[0]["coverage@1"])


@pytest.mark.parametrize(
    ("metrics", "missing"), [(["map"], "ground_truth"), (["novelty"], "train")]
)
def test_a_missing_column_is_named(metrics, missing, trainer, model, loader):
    batch = {"logits": torch.ones(1, 2)}
    if missing == "train":
        batch["ground_truth"] = torch.tensor([[0]])
    with pytest.raises(KeyError, match=f"need the column '{missing}'"):
        evaluate(ComputeMetricsCallback(metrics), trainer, model, loader, [batch])


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"metrics": ["ncdg"]}, r"unknown metrics \['ncdg'\]; choose among recall"),
        ({"ks": [0]}, "ks must be at least 1"),
        ({"metrics": ["coverage"]}, "coverage needs item_count"),
    ],
)
def test_settings_without_sense_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        ComputeMetricsCallback(**settings)


def test_a_table_is_printed_where_asked(trainer, model, loader, capsys):
    callback = ComputeMetricsCallback(["ndcg", "recall"], [1, 2], print_table=True)
    evaluate(callback, trainer, model, loader, one_user([2.0, 1.0], [1]))
    printed = capsys.readouterr().out
    assert "test, epoch 0" in printed
    assert "1 users" in printed
    assert "0.6309" in printed  # 1 / log2(3)


def test_a_checkpoint_tells_callbacks_apart_by_their_settings():
    few, many = ComputeMetricsCallback(["ndcg"], [1]), ComputeMetricsCallback(["ndcg"], [1, 5])
    assert few.state_key != many.state_key
    assert few.state_key == (  # as checkpoints have it that were written with Lightning's own key
        "ComputeMetricsCallback{'metrics': ('ndcg',), 'ks': (1,), "
        "'ground_truth_column': 'ground_truth', 'postprocessors': ()}"
    )


def seen_batch(seen):
    return {
        "logits": torch.zeros(2, 4),
        "ground_truth": torch.tensor([[1], [2]]),
        "seen_ids": torch.tensor(seen),
    }


def test_targets_taken_out_are_told_once_and_named_by_their_split(trainer, model, loader):
    callback = ComputeMetricsCallback(["recall"], [1], [SeenItemsFilter(4)])
    batches = [seen_batch([[1], [0]])]
    with pytest.warns(UserWarning, match=r"^test, epoch 0: .*SeenItemsFilter.* 1 of 2 true items"):
        evaluate(callback, trainer, model, loader, batches)
    evaluate(callback, trainer, model, loader, batches)  # a second warning were an error
    with pytest.raises(DataError, match=r"^test: .* all 2 true items .*--set postprocessors=\[\]"):
        evaluate(callback, trainer, model, loader, [seen_batch([[1], [2]])])
