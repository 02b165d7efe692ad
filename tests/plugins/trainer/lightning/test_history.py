"""Rows of a run, in memory and as CSV."""

import pytest
from seqrec_optimizer_standard.sgd import SGDFactory
from seqrec_trainer_lightning.history import metrics_of, read_rows, write_rows
from tiny_runs import STEPS, Model, TrainOnly, batch, fit, tiny_trainer

from seqrec_core.errors import SeqrecError


def test_rows_are_written_as_csv_with_the_mean_loss_since_the_last(tmp_path):
    outcome = fit(tiny_trainer(optimizer=SGDFactory(lr=1e-9), max_epochs=2), tmp_path)
    rows = read_rows(tmp_path / "logs" / "history.csv")
    assert rows == outcome.rows
    assert [row["step"] for row in rows] == [STEPS, 2 * STEPS]
    model = Model().train()
    losses = [model(**batch(index + 1))["loss"].item() for index in range(STEPS)]
    assert rows[0]["train_loss"] == pytest.approx(sum(losses) / STEPS, rel=0.2)  # other dropout


def test_a_loss_that_is_not_finite_ends_the_run_with_advice(tmp_path):
    run = tiny_trainer(optimizer=SGDFactory(lr=1e30))
    with pytest.raises(SeqrecError, match=r"became (nan|inf) in epoch 1; lower the learning rate"):
        fit(run, tmp_path)


def test_an_epoch_without_validation_has_a_row_without_metrics(tmp_path):
    outcome = fit(tiny_trainer(max_epochs=2), tmp_path, TrainOnly())
    assert [row["epoch"] for row in outcome.rows] == [1, 2]
    assert all(metrics_of(row) == {} for row in outcome.rows)


def test_the_middle_of_an_epoch_is_a_half(tmp_path):
    outcome = fit(tiny_trainer(max_epochs=2, validate_every=0.5), tmp_path)
    assert [row["epoch"] for row in outcome.rows] == [0.5, 1, 1.5, 2]
    assert all(metrics_of(row).keys() == {"hit@1"} for row in outcome.rows)


def test_columns_that_a_row_lacks_stay_empty_and_are_left_out_when_read(tmp_path):
    rows = [{"epoch": 1.0, "step": 5.0}, {"epoch": 2.0, "ndcg@10": 0.25}]
    write_rows(rows, tmp_path / "history.csv")
    text = (tmp_path / "history.csv").read_text()
    assert text.splitlines() == ["epoch,step,ndcg@10", "1.0,5.0,", "2.0,,0.25"]
    assert read_rows(tmp_path / "history.csv") == rows
