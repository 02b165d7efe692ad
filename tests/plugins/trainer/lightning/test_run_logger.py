"""What a run is told while it trains."""

import pytest
from lightning.pytorch.callbacks import LearningRateMonitor
from tiny_runs import STEPS, fit, tiny_trainer, train_only


def logged(folder, data=None, **settings):
    """Each call of `log` of a run of 3 epochs, and its outcome."""
    calls = []
    outcome = fit(tiny_trainer(**settings), folder, data, log=lambda *call: calls.append(call))
    return calls, outcome


def steps_of(calls, name):
    return [step for values, step in calls if name in values]


def test_steps_rates_and_speed_come_by_the_steps_that_were_made(tmp_path):
    calls, _ = logged(tmp_path, log_every_n_steps=4)
    every_fourth = [*range(4, 3 * STEPS + 1, 4)]
    assert steps_of(calls, "train_loss_step") == every_fourth
    assert steps_of(calls, "lr-RowAdam") == [step - 1 for step in every_fourth]  # of the next
    epochs = [STEPS, 2 * STEPS, 3 * STEPS]
    for name in ("hit@1", "train_loss", "train_loss_epoch", "sequences_per_second"):
        assert steps_of(calls, name) == epochs
    assert not steps_of(calls, "learning_rate")  # it is there by the name that tells them apart
    assert {type(value) for values, _ in calls for value in values.values()} == {float}


def test_what_is_logged_is_what_is_recorded(tmp_path):
    calls, outcome = logged(tmp_path, validate_every=0.5)
    for name in ("hit@1", "sequences_per_second"):
        values = [(values[name], step) for values, step in calls if name in values]
        assert values == [(row[name], row["step"]) for row in outcome.rows]
    assert [row["step"] for row in outcome.rows] == [*range(STEPS // 2, 3 * STEPS + 1, STEPS // 2)]


def test_batches_that_make_a_step_together_count_once(tmp_path):
    calls, _ = logged(tmp_path, train_only(), accumulate_grad_batches=3, log_every_n_steps=1)
    assert steps_of(calls, "train_loss")[-1] == STEPS
    assert max(step for _, step in calls) == STEPS


def test_a_resumed_run_goes_on_with_its_steps(tmp_path):
    logged(tmp_path, max_epochs=1)
    calls = []
    trainer = tiny_trainer(max_epochs=2, log_every_n_steps=4)
    fit(trainer, tmp_path, resume=True, log=lambda *call: calls.append(call))
    assert steps_of(calls, "train_loss_step") == [16, 20, 24]
    assert steps_of(calls, "hit@1") == [24]


def test_nobody_is_told_where_nobody_listens(tmp_path):
    trainer = tiny_trainer(callbacks=[LearningRateMonitor("step")])
    with pytest.raises(Exception, match="that has no logger"):
        fit(trainer, tmp_path)


def test_what_listens_may_end_the_run(tmp_path):
    def log(values, step):
        raise OSError("no space left")

    with pytest.raises(OSError, match="no space left"):
        fit(tiny_trainer(), tmp_path, log=log)
