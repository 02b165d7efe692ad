"""Ranking metrics against naive formulas in Python floats."""

import json
import math
import subprocess
import sys
import textwrap

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from seqrec_callback_metrics.compute_metrics import ComputeMetricsCallback
from seqrec_callback_metrics.tally import METRICS, MetricTally
from seqrec_library_kernels.ranking import top_items
from seqrec_postprocessor_seen.seen_items import SeenItemsFilter

KS = (1, 3, 5)
MEANS = [name for name in METRICS if name != "coverage"]


def naive_metrics(logits, truth, train, seen, items):
    """Every metric at every cut-off, by definition, with a stable sort and sets."""
    sums = dict.fromkeys([f"{name}@{k}" for name in MEANS for k in KS], 0.0)
    recommended = {k: set() for k in KS}
    users = 0
    for row, wanted, known, gone in zip(logits, truth, train, seen, strict=True):
        targets = {item for item in wanted if 0 <= item < items}
        if not targets:
            continue
        users += 1
        scores = {item: row[item] for item in range(items) if item not in gone}
        ranking = sorted(scores, key=scores.get, reverse=True)
        for k in KS:
            top = ranking[:k]
            hits = [place for place, item in enumerate(top, 1) if item in targets]
            best = min(k, len(targets))
            ideal = sum(1 / math.log2(place + 1) for place in range(1, best + 1))
            sums[f"recall@{k}"] += len(hits) / len(targets)
            sums[f"precision@{k}"] += len(hits) / k
            sums[f"ndcg@{k}"] += sum(1 / math.log2(place + 1) for place in hits) / ideal
            sums[f"map@{k}"] += sum(n / place for n, place in enumerate(hits, 1)) / best
            sums[f"mrr@{k}"] += 1 / hits[0] if hits else 0
            sums[f"hitrate@{k}"] += bool(hits)
            sums[f"novelty@{k}"] += len(set(top) - set(known)) / k
            recommended[k] |= set(top)
    trained = {item for known in train for item in known if 0 <= item < items}
    values = {name: value / users for name, value in sums.items()} if users else {}
    for k in KS:
        if trained:
            values[f"coverage@{k}"] = len(trained & recommended[k]) / len(trained)
    return values


def data(seed, users, items=12):
    """Logits without ties, targets and train items with padding and repetitions, seen items."""
    generator = torch.Generator().manual_seed(seed)

    def ids(width):
        return torch.randint(-2, items + 3, (users, width), generator=generator)

    logits = torch.stack([torch.randperm(items, generator=generator) for _ in range(users)])
    return {
        "logits": logits.float(),
        "ground_truth": ids(4),
        "train": ids(6),
        "seen_ids": ids(9),
    }


def rows(batch):
    return (batch[name].tolist() for name in ("logits", "ground_truth", "train", "seen_ids"))


def halves(batch, size):
    """The batch in batches of at most `size` users."""
    parts = {name: column.split(size) for name, column in batch.items()}
    return [dict(zip(parts, values, strict=True)) for values in zip(*parts.values(), strict=True)]


def evaluate(callback, trainer, model, loader, *batches):
    loaders = [loader(each) for each in batches]
    return trainer(callback).test(model, loaders, verbose=False)


@settings(deadline=None, max_examples=50)
@given(seed=st.integers(0, 10**6), users=st.integers(1, 8))
def test_every_metric_equals_its_definition(seed, users):
    batch = data(seed, users)
    tally = MetricTally(METRICS, KS, torch.device("cpu"), 12)
    top = top_items(batch["logits"], 6, excluded=batch["seen_ids"])
    tally.add(top, batch["ground_truth"], batch["train"], 12)
    expected = naive_metrics(*rows(batch), items=12)
    values = tally.compute()
    assert list(values) == [f"{name}@{k}" for name in METRICS for k in KS]
    for name, value in expected.items():
        assert value == pytest.approx(values[name], abs=1e-12), name


def test_batches_and_the_filter_change_nothing(trainer, model, loader):
    batch = data(0, 7)
    callback = ComputeMetricsCallback(METRICS, KS, [SeenItemsFilter(12)], item_count=12)
    evaluate(callback, trainer, model, loader, halves(batch, 3))
    expected = naive_metrics(*rows(batch), items=12)
    (record,) = callback.history
    for name, value in expected.items():
        assert record[name] == pytest.approx(value, abs=1e-12), name


def test_names_carry_the_dataloader_where_there_are_several(trainer, model, loader):
    first, second = data(1, 4), data(2, 3)
    callback = ComputeMetricsCallback(["ndcg"], [3])
    logged = evaluate(callback, trainer, model, loader, [first], [second])
    for index, batch in enumerate([first, second]):
        name = f"ndcg@3/dataloader_idx_{index}"
        alone = {**batch, "seen_ids": torch.full((len(batch["logits"]), 1), -1)}
        expected = naive_metrics(*rows(alone), items=12)["ndcg@3"]
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
    batch = data(3, 20)
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


def test_candidates_name_the_columns(trainer, model, loader):
    model.candidates_to_score = torch.tensor([7, 5])
    callback = ComputeMetricsCallback(["recall"], [1], item_count=10)
    evaluate(callback, trainer, model, loader, one_user([2.0, 1.0], [7, 9, 10]))
    assert callback.history[0]["recall@1"] == 0.5  # 9 is no candidate: missed; 10 is padding


def test_candidates_need_the_number_of_items(trainer, model, loader):
    model.candidates_to_score = torch.tensor([7, 5])
    with pytest.raises(ValueError, match="give ComputeMetricsCallback item_count"):
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


TWO_PROCESSES = """
    import json, sys, warnings
    import lightning.pytorch as pl
    import torch
    from seqrec_callback_metrics.compute_metrics import ComputeMetricsCallback

    warnings.simplefilter("ignore")
    torch.set_num_threads(1)

    class GivenLogits(pl.LightningModule):
        def test_step(self, batch, batch_idx, dataloader_idx=0):
            return {"logits": batch["logits"]}

    class Rows(torch.utils.data.IterableDataset):
        def __init__(self, batches):
            self.batches = batches
        def __iter__(self):
            if torch.distributed.is_initialized():
                return iter(self.batches[torch.distributed.get_rank() :: 2])
            return iter(self.batches)

    def run(processes, batches):
        callback = ComputeMetricsCallback(METRICS, KS, item_count=12)
        settings = {"strategy": "ddp_fork"} if processes > 1 else {}
        trainer = pl.Trainer(
            accelerator="cpu", devices=processes, logger=False, callbacks=[callback],
            enable_progress_bar=False, enable_model_summary=False, **settings
        )
        loaders = [torch.utils.data.DataLoader(Rows(each), batch_size=None) for each in batches]
        return trainer.test(GivenLogits(), loaders, verbose=False)

    batches = torch.load(sys.argv[1])
    print(json.dumps([run(2, batches), run(1, batches)]))
"""


def test_two_processes_give_the_numbers_of_one(tmp_path):
    # The second dataloader has one batch: one of the processes gets nothing.
    torch.save([halves(data(4, 7), 2), [data(5, 3)]], tmp_path / "batches")
    names = f"METRICS = {METRICS!r}\nKS = {KS!r}\n"
    script = tmp_path / "script.py"
    script.write_text(names + textwrap.dedent(TWO_PROCESSES))
    done = subprocess.run(
        [sys.executable, str(script), str(tmp_path / "batches")],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    two, one = json.loads(done.stdout.strip().splitlines()[-1])
    assert len(one) == 2
    for found, expected in zip(two, one, strict=True):
        assert found == pytest.approx(expected, abs=1e-6)
