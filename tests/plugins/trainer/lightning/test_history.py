"""Rows of a run."""

import pytest
import torch
from seqrec_optimizer_standard.sgd import SGDFactory
from seqrec_trainer_lightning.history import sequence_count
from tiny_runs import STEPS, Model, batch, fit, tiny_trainer, train_only

from seqrec_core.contracts import measured


def test_rows_are_recorded_with_the_mean_loss_since_the_last(tmp_path):
    rows = []
    trainer = tiny_trainer(optimizer=SGDFactory(lr=1e-9), max_epochs=2)
    assert fit(trainer, tmp_path, record=rows.append).rows == rows
    assert [row["step"] for row in rows] == [STEPS, 2 * STEPS]
    model = Model().train()
    losses = [model(**batch(index + 1))["loss"].item() for index in range(STEPS)]
    assert rows[0]["train_loss"] == pytest.approx(sum(losses) / STEPS, rel=0.2)  # other dropout


def test_the_mean_loss_is_that_of_batches_however_many_make_a_step(tmp_path):
    def losses(folder, **settings):
        trainer = tiny_trainer(optimizer=SGDFactory(lr=1e-9), max_epochs=1, **settings)
        return [row["train_loss"] for row in fit(trainer, tmp_path / folder).rows]

    assert losses("five", accumulate_grad_batches=5) == pytest.approx(losses("one"))


def test_an_epoch_without_validation_has_a_row_without_metrics(tmp_path):
    outcome = fit(tiny_trainer(max_epochs=2), tmp_path, train_only())
    assert [row["epoch"] for row in outcome.rows] == [1, 2]
    assert all(measured(row) == {} for row in outcome.rows)


def test_the_middle_of_an_epoch_is_a_half(tmp_path):
    outcome = fit(tiny_trainer(max_epochs=2, validate_every=0.5), tmp_path)
    assert [row["epoch"] for row in outcome.rows] == [0.5, 1, 1.5, 2]
    assert all(measured(row).keys() == {"hit@1"} for row in outcome.rows)


def test_a_resumed_run_records_what_is_new(tmp_path):
    rows = []
    fit(tiny_trainer(max_epochs=1), tmp_path, record=rows.append)
    outcome = fit(tiny_trainer(max_epochs=2), tmp_path, record=rows.append, resume=True)
    assert [row["epoch"] for row in rows] == [1, 2]
    assert outcome.rows == rows


def test_sequences_are_counted_by_the_mask_or_by_the_first_tensor():
    mask = torch.ones(3, 5, dtype=torch.bool)
    assert sequence_count({"scale": torch.tensor(1.0), "items": torch.zeros(2, 5)}) == 2
    assert sequence_count({"items": torch.zeros(2, 5), "padding_mask": mask}) == 3
    assert sequence_count({"name": "nothing"}) == 0
