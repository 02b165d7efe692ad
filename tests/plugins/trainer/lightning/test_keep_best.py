"""Which weights are kept, and when a run stops by itself."""

import pytest
from tiny_runs import STEPS, HitRate, InterruptAt, fit, tiny_trainer

from seqrec_core.errors import SeqrecError


def test_the_best_weights_are_kept_and_the_run_stops_when_patience_ends(tmp_path):
    run = tiny_trainer(
        metrics=HitRate([0.1, 0.3, 0.2, 0.3, 0.5]), max_epochs=9, patience=2, patience_steps=0
    )
    rows = []
    outcome = fit(run, tmp_path, keep=rows.append)
    assert [row["epoch"] for row in rows] == [1, 2]
    assert [row["epoch"] for row in outcome.rows] == [1, 2, 3, 4]
    assert outcome.best == rows[-1]


def test_less_is_better_in_mode_min(tmp_path):
    outcome = fit(tiny_trainer(metrics=HitRate([0.3, 0.1, 0.2]), mode="min"), tmp_path)
    assert outcome.best["epoch"] == 2


def test_of_the_training_loss_the_smallest_is_kept_and_never_the_largest(tmp_path):
    run = {"monitor": "train_loss", "metrics": HitRate([0.3, 0.2, 0.1])}
    outcome = fit(tiny_trainer(**run, mode="min"), tmp_path)
    losses = [row["train_loss"] for row in outcome.rows]
    assert outcome.best["train_loss"] == min(losses) < max(losses)
    with pytest.raises(SeqrecError, match="is the training loss: set"):
        fit(tiny_trainer(**run), tmp_path / "other")


def test_nan_is_never_the_best(tmp_path):
    outcome = fit(tiny_trainer(metrics=HitRate([0.2, float("nan"), 0.1])), tmp_path)
    assert outcome.best["epoch"] == 1


def test_a_metric_that_nobody_measures_is_named_with_those_measured(tmp_path):
    with pytest.raises(SeqrecError, match="'ndcg@10', which no callback measures; measured: hit@1"):
        fit(tiny_trainer(monitor="ndcg@10"), tmp_path)


def test_a_run_that_stopped_by_itself_trains_no_more_when_resumed(tmp_path):
    def run(values, patience):
        return tiny_trainer(metrics=HitRate(values), patience=patience, patience_steps=STEPS)

    fit(run([0.2, 0.1], 1), tmp_path)
    again = fit(run([0.9], 1), tmp_path, resume=True)
    assert [row["epoch"] for row in again.rows] == [1, 2]
    more = fit(run([0.9], 2), tmp_path, resume=True)
    assert [row["epoch"] for row in more.rows] == [1, 2, 3]


@pytest.mark.parametrize(("steps", "epochs"), [(0, 4), (3 * STEPS, 5), (3 * STEPS + 1, 6)])
def test_patience_waits_for_so_many_steps_since_the_best_also_when_interrupted(
    tmp_path, steps, epochs
):
    values = [0.1, 0.3, 0.2, 0.2, 0.2, 0.2, 0.2]
    settings = {"max_epochs": 7, "patience": 2, "patience_steps": steps}
    whole = fit(tiny_trainer(metrics=HitRate(values), **settings), tmp_path / "whole")
    assert whole.rows[-1]["epoch"] == epochs
    stop = InterruptAt(3 * STEPS + 5)
    cut = fit(tiny_trainer(metrics=HitRate(values), callbacks=[stop], **settings), tmp_path / "cut")
    assert cut.interrupted
    rest = tiny_trainer(metrics=HitRate(values[3:]), **settings)
    resumed = fit(rest, tmp_path / "cut", resume=True)
    assert [row["step"] for row in resumed.rows] == [row["step"] for row in whole.rows]
